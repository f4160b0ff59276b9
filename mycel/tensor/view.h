// Views: they are derived from their base when they are read, and written through to it.
#pragma once

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// How a view is made of its base (see ViewLink).
struct ViewStep {
  const ir::OpDef* op = nullptr;
  ir::Attributes attributes = {};
  bool recorded = true;
  bool own_edge = false;
};

// Makes `view`, whose value is what `step` gives of `base` at `version` of its root, a view of
// `base`: or of a base of that one which it shows in the same way, so that a loop of views makes no
// endless chain. Does nothing where the elements do not lie at regular distances in row-major
// order (PyTorch's rule), so that `step` made a copy.
void connect(const Tensor& view, const Tensor& base, ViewStep step, uint64_t version);
// The object keeps its value and is no view any more. Returns its base.
Tensor disconnect(TensorImpl& view);

// The nearest object, itself or a base, whose gradient is not that of its own base.
TensorImpl& gradient_root_of(TensorImpl& object);

// The version of the object's root, where the open trace or eager mode stands now.
uint64_t version_here(const TensorImpl& object);
// Derives the value of a view again if its root was written since it was derived.
void refresh(TensorImpl& view);
// The state of a view as this thread sees it, refreshed.
State view_state(TensorImpl& view);

// The views of `object` give up their arrays, and derive them again when they are read: before the
// object is written in place or its buffer is given away.
void drop_cached_views(TensorImpl& object);

// Before a value is assigned to the tensor: what may be done with both is known only when no other
// thread works on them in place. Under a trace nothing is written yet.
void wait_to_assign(const TensorImpl& target, const TensorImpl& value);
// Writes a value of the tensor's type to its elements: to those of its root, through all bases
// (view_write.cc). Outside a trace it works in place while only the root and its views hold the
// memory, and moves the root to new memory else.
void write_elements(const Tensor& target, const Tensor& value);
// Raises RuntimeError where gradients are recorded, for a leaf, or a view of one, that requires
// one.
void check_recordable(TensorImpl& object);
// Likewise, and ValueError for a value of another type.
void check_write(const Tensor& target, const Tensor& value);
// The elements of the object in its root's array, to be written: dropped from all views, in memory
// that nothing else holds. Raises RuntimeError where several positions are one element.
NDArray own_elements(TensorImpl& object);
// Raises RuntimeError for a view in which several positions are one element (expand).
void check_no_overlap(const TensorImpl& view);

// The object takes another value, of any type, as a tensor of its own: the views that were made of
// it keep the old one, and so does what it was a view of. Returns the tensor that they are views of
// now: none if there are none, unless `keep`.
Tensor rebase(TensorImpl& object, State state, bool keep = false);
// Likewise, of a tensor and the value that it takes (x.data = y): its gradient goes where it went.
// Raises TypeError where the value cannot have the gradient that the tensor has.
void replace_value(const Tensor& tensor, const Tensor& value);

// A root takes the value, of its type, as a write to all of its elements.
void assign_root(TensorImpl& root, const Tensor& value);

// Whether two views show the same elements of one base in the same way; their gradients may differ.
bool is_same_view(const TensorImpl& a, const TensorImpl& b);
// Whether the gradient of such a view, if it has one, is that of the other, which is recorded.
bool has_gradient_of(const TensorImpl& view, const TensorImpl& other);

}  // namespace mycel
