// Checks that a compiled function fits a call: outer tensors, arguments, and which of them share
// what is written.
#include <algorithm>

#include "mycel/compiler/compiled_slot.h"
#include "mycel/tensor/view_geometry.h"

namespace mycel::compiler {
namespace {

bool has_type(const NDArray& array, const ir::Type& type) {
  if (!array.defined() || array.dtype() != type.dtype || array.rank() != type.rank()) return false;
  for (size_t i = 0; i < array.rank(); ++i) {
    if (array.shape()[i] != type.dims[i].word()) return false;
  }
  return true;
}

bool lies_scattered(const TensorObject& object) {
  return object.view && has_geometry(object) && !geometry_of(object).is_row_major();
}

bool coincide(const TensorObject& object) {
  return object.view && has_geometry(object) && overlaps(geometry_of(object));
}

}  // namespace

bool Compiled::Slot::fits(Device device) const {
  TensorObject& now = *object.object();
  if (grad_status == TraceSlot::Grad::kRead && now.grad.defined() != grad_at_entry) return false;
  if (now.view || !chain.empty()) {
    if (!now.view || &root_of(now) != root.object() || !chain.leads(*root.object(), now)) {
      return false;
    }
    if (!now.view->own_edge) return true;  // its root has a slot, which is compared
    refresh(now);
  }
  const NDArray& array = now.state.payload.array;
  return has_type(array, type) && array.device() == device &&
         static_cast<bool>(now.state.edge.node) == requires_grad &&
         static_cast<bool>(now.leaf) == leaf;
}

bool Compiled::fits() const {
  for (const Slot& slot : slots_) {
    if (!slot.fits(device_)) return false;
  }
  return std::all_of(guards_.begin(), guards_.end(), [](const auto& holds) { return holds(); });
}

bool Compiled::fits(const Tensors& arguments) const {
  if (sharing_.empty()) return fits_entering(arguments);
  return sharing_.holds(arguments) && fits_entering(sharing_.entering(arguments));
}

bool Compiled::fits_entering(const Tensors& entering) const {
  for (size_t i = 0; i < entering.size(); ++i) {
    const TensorObject& object = *entering[i].object();
    const Argument& traced = arguments_[i];
    if (static_cast<bool>(object.leaf) != traced.leaf ||
        (traced.leaf && object.grad.defined() != traced.grad_at_entry) ||
        !(entering[i].device() == device_)) {
      return false;
    }
  }
  return shares_as_traced(entering) && fits();
}

bool Compiled::is_captured(const TensorObject& root) const {
  return std::binary_search(slot_roots_.begin(), slot_roots_.end(), &root);
}

// Whether what enters at a place shares its base with another, or with an outer tensor, and one of
// them is written. A view in which elements coincide needs its base, too, if it is written.
Compiled::Shared Compiled::shares_written(const Tensors& entering, size_t place) const {
  const TensorObject& root = root_of(*entering[place].object());
  bool written = arguments_[place].effects.any();
  Shared shared = Shared::kNo;
  for (size_t i = 0; i < entering.size(); ++i) {
    if (i == place || sharing_.is_member(i) || &root_of(*entering[i].object()) != &root) continue;
    shared = Shared::kWithArgument;
    written = written || arguments_[i].effects.any();
  }
  for (const Slot& slot : slots_) {
    if (slot.root.object() != &root) continue;
    shared = Shared::kWithOuter;
    written = written || slot.effects.any();
  }
  bool coincides = shared == Shared::kNo && written && coincide(*entering[place].object());
  if (coincides) return Shared::kWithArgument;
  return written ? shared : Shared::kNo;
}

// Which shapes of an argument are views of it depends on how its elements lie in its base. That
// matters only where it is written, or may be written through a view that it has if they lie else.
bool Compiled::lies_as_traced(const Tensors& entering, size_t place) const {
  const TensorObject& object = *entering[place].object();
  const Argument& traced = arguments_[place];
  if (!traced.strides) return !traced.effects.any() || !lies_scattered(object);
  return object.view && has_geometry(object) && geometry_of(object).strides() == *traced.strides;
}

bool Compiled::needs_more(const Tensors& arguments, const Tensors& entering, BaseSharing& sharing,
                          bool& knows_strides) const {
  for (size_t i = 0; i < entering.size() && !sharing_.is_member(i); ++i) {
    Shared shared = shares_written(entering, i);
    if (shared == Shared::kNo) continue;
    sharing.add(arguments, root_of(*entering[i].object()), shared == Shared::kWithOuter);
    return true;
  }
  for (size_t i = 0; i < entering.size() && !sharing_.is_member(i); ++i) {
    if (!lies_as_traced(entering, i)) return knows_strides = true;
  }
  return false;
}

bool Compiled::shares_as_traced(const Tensors& entering) const {
  if (!writes_) return true;
  for (size_t i = 0; i < entering.size() && !sharing_.is_member(i); ++i) {
    const TensorObject& object = *entering[i].object();
    // Without a view among them, two share if they are one tensor.
    bool may_share = object.view || arguments_[i].effects.any() || is_captured(object);
    if (may_share && shares_written(entering, i) != Shared::kNo) return false;
    if ((object.view || arguments_[i].strides) && !lies_as_traced(entering, i)) return false;
  }
  return true;
}

}  // namespace mycel::compiler
