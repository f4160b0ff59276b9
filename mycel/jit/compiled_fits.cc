// Checks whether a compiled function fits a call: its captured tensors, its arguments, and the
// written memory that they share.
#include <algorithm>
#include <unordered_set>

#include "mycel/base/index_table.h"
#include "mycel/base/reused.h"
#include "mycel/jit/captured_tensor.h"
#include "mycel/tensor/leaf.h"
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

bool lies_scattered(const TensorImpl& object) {
  return object.view && has_geometry(object) && !geometry_of(object).is_row_major();
}

bool coincide(const TensorImpl& object) {
  return object.view && has_geometry(object) && overlaps(geometry_of(object));
}

}  // namespace

bool Compiled::CapturedTensor::fits(Device device) const {
  TensorImpl& now = *object.object();
  if (grad_status == TraceSlot::Grad::kRead && now.grad.defined() != grad_at_entry) return false;
  if (pinned_grad.defined() && !now.grad.same_object(pinned_grad)) return false;
  if (now.view || !chain.empty()) {
    if (!now.view || &root_of(now) != root.object() || !chain.leads(*root.object(), now)) {
      return false;
    }
    if (!now.view->own_edge) return true;  // its root is captured, too, and compared
    refresh(now);
  }
  const NDArray& array = now.state.payload.array;
  return has_type(array, type) && array.device() == device &&
         static_cast<bool>(now.state.edge.node) == requires_grad &&
         (leaf_of(now) != nullptr) == leaf;
}

bool Compiled::fits() const {
  for (const CapturedTensor& slot : slots_) {
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
    const TensorImpl& object = *entering[i].object();
    const Argument& traced = arguments_[i];
    if ((leaf_of(object) != nullptr) != traced.leaf ||
        object.grad.defined() != traced.grad_at_entry ||
        (traced.pinned_grad.defined() && !object.grad.same_object(traced.pinned_grad)) ||
        !(entering[i].device() == device_)) {
      return false;
    }
  }
  return fits() && shares_as_traced(entering);
}

const Compiled::OuterRoot* Compiled::find_outer(const TensorImpl& root) const {
  auto found = std::lower_bound(
      outer_roots_.begin(), outer_roots_.end(), &root,
      [](const OuterRoot& outer, const TensorImpl* wanted) { return outer.root < wanted; });
  return found != outer_roots_.end() && found->root == &root ? &*found : nullptr;
}

// Calls take(root, outer) for every written base that several entering tensors share, or one and a
// captured tensor; also for the base of a written view in which elements coincide.
template <class F>
void Compiled::for_each_shared(const Tensors& entering, const F& take) const {
  struct Base {
    const TensorImpl* last;
    size_t count;
    bool written;
  };
  IndexTable<const TensorImpl*> numbers(entering.size());
  ReusedRow<Base, 8> bases(entering.size());
  for (size_t i = 0; i < entering.size() && !sharing_.is_view_of_base(i); ++i) {
    size_t known = numbers.size();
    const TensorImpl& object = *entering[i].object();
    Base& base = bases[numbers.add(&root_of(object))];
    if (numbers.size() > known) base = {};
    base.last = &object;
    ++base.count;
    base.written = base.written || arguments_[i].effects.any();
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Base& base = bases[i];
    const TensorImpl& root = root_of(*base.last);
    const OuterRoot* outer = find_outer(root);
    if (!base.written && !(outer && outer->written)) continue;
    if (outer || base.count > 1 || coincide(*base.last)) take(root, outer != nullptr);
  }
}

// Which reshapes of an argument are views depends on its strides in the base. This matters only if
// the function calls view() on it, writes it, or may write it through a reshape that is a view
// under other strides.
bool Compiled::lies_as_traced(const Tensors& entering, size_t place) const {
  const TensorImpl& object = *entering[place].object();
  const Argument& traced = arguments_[place];
  bool matters = traced.effects.any() || traced.row_major;
  if (!traced.strides) return !matters || !lies_scattered(object);
  return object.view && has_geometry(object) && geometry_of(object).strides() == *traced.strides;
}

// Calls take(grad) for every entering gradient that shares its base with another tensor, if one of
// them is written.
template <class F>
void Compiled::for_each_shared_grad(const Tensors& entering, const F& take) const {
  struct User {
    const TensorImpl* root;
    bool written;
    const GradPlace* grad;
  };
  if (grad_inputs_.empty()) return;
  Reused<std::vector<User>> list;
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
  for (const CapturedTensor& slot : slots_) {
    users.push_back({slot.root.object(), slot.effects.any(), nullptr});
  }
  std::sort(users.begin(), users.end(),
            [](const User& a, const User& b) { return a.root < b.root; });
  for (size_t first = 0, end = 0; first < users.size(); first = end) {
    bool written = false;
    for (; end < users.size() && users[end].root == users[first].root; ++end) {
      written = written || users[end].written;
    }
    if (!written || end - first < 2) continue;
    for (size_t i = first; i < end; ++i) {
      if (users[i].grad) take(*users[i].grad);
    }
  }
}

bool Compiled::needs_more(const Tensors& arguments, const Tensors& entering,
                          Premises& premises) const {
  bool more = false;
  std::unordered_set<const TensorImpl*> outers;
  for (const CapturedTensor& slot : slots_) outers.insert(slot.object.object());
  for_each_shared(entering, [&](const TensorImpl& root, bool outer) {
    premises.sharing.add(arguments, const_cast<TensorImpl&>(root), outer, outers);
    more = true;
  });
  if (more) {
    premises.sharing.place_all(arguments);
    return true;
  }
  for (size_t i = 0; i < entering.size() && !sharing_.is_view_of_base(i); ++i) {
    if (!lies_as_traced(entering, i)) return premises.strides = true;
  }
  for_each_shared_grad(entering, [&](const GradPlace& grad) {
    const Tensor& of = grad.of_slot ? slots_[grad.index].object : entering[grad.index];
    premises.pinned.push_back(of.object());
    more = true;
  });
  return more;
}

bool Compiled::shares_as_traced(const Tensors& entering) const {
  for (size_t i = 0; i < entering.size(); ++i) {
    bool needs_order = arguments_[i].strides || arguments_[i].row_major;
    if (needs_order && !lies_as_traced(entering, i)) return false;
  }
  if (!writes_) return true;
  bool may_share = false;  // without views, two share memory only if they are one tensor
  for (size_t i = 0; i < entering.size() && !sharing_.is_view_of_base(i); ++i) {
    const TensorImpl& object = *entering[i].object();
    if (object.view && !lies_as_traced(entering, i)) return false;
    may_share =
        may_share || object.view || arguments_[i].effects.any() || find_outer(object) != nullptr;
  }
  bool as_traced = true;
  if (may_share) {
    for_each_shared(entering, [&](const TensorImpl&, bool) { as_traced = false; });
  }
  if (as_traced) for_each_shared_grad(entering, [&](const GradPlace&) { as_traced = false; });
  return as_traced;
}

}  // namespace mycel::compiler
