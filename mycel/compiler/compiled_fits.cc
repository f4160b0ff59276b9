// Checks that a compiled function fits a call: outer tensors, arguments, and which of them share
// what is written.
#include <algorithm>

#include "mycel/base/reused_vector.h"
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
  if (pinned_grad.defined() && !now.grad.same_object(pinned_grad)) return false;
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
        (traced.pinned_grad.defined() && !object.grad.same_object(traced.pinned_grad)) ||
        !(entering[i].device() == device_)) {
      return false;
    }
  }
  return fits() && shares_as_traced(entering);
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

// A gradient that enters, where it shares its base with another tensor and one of them is written.
std::optional<Compiled::GradPlace> Compiled::find_shared_grad(const Tensors& entering) const {
  struct User {
    const TensorObject* root;
    bool written;
    const GradPlace* grad;
  };
  if (grad_inputs_.empty()) return {};
  ReusedVector<User> list;
  std::vector<User>& users = *list;
  for (const GradPlace& place : grad_inputs_) {
    auto [of_slot, index] = place;
    const Tensor& of = of_slot ? slots_[index].object : entering[index];
    const Effects& effects = of_slot ? slots_[index].effects : arguments_[index].effects;
    users.push_back(
        {&root_of(*of.object()->grad.object()), effects.grad_output != kNoOutput, &place});
  }
  for (size_t i = 0; i < entering.size(); ++i) {
    users.push_back({&root_of(*entering[i].object()), arguments_[i].effects.any(), nullptr});
  }
  for (const Slot& slot : slots_) {
    users.push_back({slot.root.object(), slot.effects.any(), nullptr});
  }
  std::sort(users.begin(), users.end(),
            [](const User& a, const User& b) { return a.root < b.root; });
  for (size_t first = 0, end = 0; first < users.size(); first = end) {
    const GradPlace* grad = nullptr;
    bool written = false;
    for (; end < users.size() && users[end].root == users[first].root; ++end) {
      written = written || users[end].written;
      if (users[end].grad) grad = users[end].grad;
    }
    if (grad && written && end - first > 1) return *grad;
  }
  return {};
}

bool Compiled::needs_more(const Tensors& arguments, const Tensors& entering,
                          Premises& premises) const {
  for (size_t i = 0; i < entering.size() && !sharing_.is_member(i); ++i) {
    Shared shared = shares_written(entering, i);
    if (shared == Shared::kNo) continue;
    premises.sharing.add(arguments, root_of(*entering[i].object()), shared == Shared::kWithOuter);
    return true;
  }
  for (size_t i = 0; i < entering.size() && !sharing_.is_member(i); ++i) {
    if (!lies_as_traced(entering, i)) return premises.strides = true;
  }
  if (std::optional<GradPlace> grad = find_shared_grad(entering)) {
    const Tensor& of = grad->of_slot ? slots_[grad->index].object : entering[grad->index];
    premises.pinned.push_back(of.object());
    return true;
  }
  return false;
}

bool Compiled::shares_as_traced(const Tensors& entering) const {
  for (size_t i = 0; i < entering.size(); ++i) {
    if (arguments_[i].strides && !lies_as_traced(entering, i)) return false;
  }
  if (!writes_) return true;
  for (size_t i = 0; i < entering.size() && !sharing_.is_member(i); ++i) {
    const TensorObject& object = *entering[i].object();
    // Without a view among them, two share if they are one tensor.
    bool may_share = object.view || arguments_[i].effects.any() || is_captured(object);
    if (may_share && shares_written(entering, i) != Shared::kNo) return false;
    if (object.view && !lies_as_traced(entering, i)) return false;
  }
  return !find_shared_grad(entering);
}

}  // namespace mycel::compiler
