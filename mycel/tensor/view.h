// Views: derived from their base when read, and written through to it.
#pragma once

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// The step that derives a view from its base (see ViewLink).
struct ViewStep {
  const ir::OpDef* op = nullptr;
  ir::Attributes attributes = {};
  bool recorded = true;
  bool own_edge = false;
};

// Makes `view` a view of `base`; its value is what `step` gives of `base` at `version` of the root.
// Links it to an earlier base instead if that one shows the same elements in the same way, so that
// a loop of views makes no endless chain. Does nothing if `step` made a copy, because the elements
// do not lie at regular distances in row-major order (PyTorch's rule).
void connect(const Tensor& view, const Tensor& base, ViewStep step, uint64_t version);
// Ends a view: the object keeps its value. Returns its base.
Tensor disconnect(TensorImpl& view);

// The first object on the chain from `object` to its root that is detached or a leaf (`own_edge`),
// else the root.
TensorImpl& gradient_root_of(TensorImpl& object);

// The current version of the object's root, in the open trace or in eager mode.
uint64_t version_here(const TensorImpl& object);
// Derives the value of a view again if its root has been written since.
void refresh(TensorImpl& view);
// The state of a view as this thread sees it, refreshed.
State view_state(TensorImpl& view);

// Drops the arrays of the object's views, which derive them again when read. Call it before the
// object is written in place or its buffer is given away.
void drop_cached_views(TensorImpl& object);

// Waits until no other thread works in place on either tensor. Check anything about them only after
// this. Does not wait under a trace, which writes nothing yet.
void wait_to_assign(const TensorImpl& target, const TensorImpl& value);
// Writes a value of the tensor's type to its elements, which are those of its root, through all
// bases (view_write.cc). Outside a trace it works in place if only the root and its views hold the
// memory, else it moves the root to new memory.
void write_elements(const Tensor& target, const Tensor& value);
// If gradients are recorded, raises RuntimeError for a leaf that requires one, or a view of it.
void check_recordable(TensorImpl& object);
// The same, and raises ValueError for a value of another type.
void check_write(const Tensor& target, const Tensor& value);
// Returns the elements of the object in its root's array, to be written: dropped from all views, in
// memory with no other holder. Raises RuntimeError if several positions are one element.
NDArray own_elements(TensorImpl& object);
// Raises RuntimeError for a view in which several positions are one element (expand).
void check_no_overlap(const TensorImpl& view);

// Gives the object a new value, of any type, as a tensor of its own: its views keep the old one,
// and so does its base. Returns the tensor that takes the object's place as the base of those
// views. If there are none, makes such a tensor only with `keep`, else returns undefined.
Tensor rebase(TensorImpl& object, State state, bool keep = false);
// The same for x.data = y, also under a trace; the tensor keeps its edge. Raises TypeError if the
// value cannot have the gradient that the tensor has.
void replace_value(const Tensor& tensor, const Tensor& value);

// Assigns a root a value of its type: a write to all of its elements.
void assign_root(TensorImpl& root, const Tensor& value);

// Whether two views show the same elements of one base in the same way; their gradients may differ.
bool is_same_view(const TensorImpl& a, const TensorImpl& b);
// Whether the gradient of such a view, if it has one, is that of the other, and recorded.
bool has_gradient_of(const TensorImpl& view, const TensorImpl& other);

}  // namespace mycel
