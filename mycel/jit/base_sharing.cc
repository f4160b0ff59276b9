#include "mycel/jit/base_sharing.h"

#include <algorithm>

#include "mycel/base/index_table.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"

namespace mycel::compiler {
namespace {

Tensor handle(TensorImpl& object) { return Tensor(IntrusivePtr<TensorImpl>(&object)); }

Tensor follow_step(const ViewStep& step, const Tensor& base) {
  if (!step.op) {
    uint64_t version = version_here(*base.object());
    Tensor view = step.own_edge ? base.snapshot() : Tensor(base.state());
    connect(view, base, step, version);
    return view;
  }
  GradMode mode(step.recorded && !step.own_edge && context().grad_enabled);
  Tensor view = apply(*step.op, Operands(base), step.attributes)[0];
  if (step.own_edge && view.object()->view) view.object()->view->own_edge = true;
  return view;
}

bool is_step(const ViewStep& step, const ViewLink& link) {
  return step.op == link.op && step.recorded == link.recorded && step.own_edge == link.own_edge &&
         (!step.op || step.attributes == link.attributes);
}

}  // namespace

ViewChain::ViewChain(const TensorImpl& base, const TensorImpl& view) {
  for (const TensorImpl* at = &view; at != &base; at = at->view->base.object()) {
    add(*at->view);
  }
  std::reverse(steps_.begin(), steps_.end());
}

void ViewChain::add(const ViewLink& link) {
  steps_.push_back({link.op, link.attributes, link.recorded, link.own_edge});
}

bool ViewChain::leads(const TensorImpl& base, const TensorImpl& view) const {
  const TensorImpl* at = &view;
  for (size_t i = steps_.size(); i-- > 0; at = at->view->base.object()) {
    if (!at->view || !is_step(steps_[i], *at->view)) return false;
  }
  return at == &base;
}

Tensor ViewChain::follow(const Tensor& base) const {
  Tensor view = base;
  for (const ViewStep& step : steps_) view = follow_step(step, view);
  return view;
}

void ViewChain::connect_end(const Tensor& value, const Tensor& base, bool own_edge) const {
  Tensor parent = base;
  for (size_t i = 0; i + 1 < steps_.size(); ++i) parent = follow_step(steps_[i], parent);
  ViewStep last = steps_.back();
  last.own_edge = own_edge;
  uint64_t version = own_edge ? version_here(*parent.object()) : ViewLink::kNever;
  connect(value, parent, std::move(last), version);
}

void BaseSharing::add(const Tensors& arguments, TensorImpl& root, bool outer,
                      const std::unordered_set<const TensorImpl*>& outers) {
  auto known = std::find_if(bases_.begin(), bases_.end(),
                            [&](const Base& base) { return base.root == &root; });
  if (known == bases_.end()) {
    Base& base = bases_.emplace_back();
    base.root = &root;
    base.argument = arguments.size();
    base.type = handle(root).type();
    base.requires_grad = static_cast<bool>(root.state.edge.node);
    for (size_t i = 0; i < arguments.size(); ++i) {
      TensorImpl& argument = *arguments[i].object();
      if (&root_of(argument) != &root) continue;
      add_member(argument, i, root);
      base.argument = std::min(base.argument, i);
    }
    known = bases_.end() - 1;
  }
  if (!outer) return;
  known->outer = handle(root);
  for (Detached& view : detached_) {
    TensorImpl& object = detached_in(arguments, view);
    if (outers.count(&object)) view.outer = handle(object);
  }
  for (Member& member : members_) {
    const Tensor& argument = arguments[member.argument];
    if (outers.count(argument.object())) member.outer = argument;
  }
  outers_ = outers;
}

// Adds a member of the last base.
void BaseSharing::add_member(TensorImpl& argument, size_t number, TensorImpl& root) {
  size_t base = bases_.size() - 1, which = kNone;
  TensorImpl& owner = gradient_root_of(argument);
  if (&owner != &root) {
    auto known = std::find_if(detached_.begin(), detached_.end(),
                              [&](const Detached& view) { return view.object == &owner; });
    which = static_cast<size_t>(known - detached_.begin());
    if (known == detached_.end()) {
      detached_.push_back({&owner, number, base, ViewChain(root, owner), {}});
    }
  }
  members_.push_back({number, base, which, ViewChain(owner, argument), {}});
}

void BaseSharing::place_all(const Tensors& arguments) {
  entries_.clear();
  std::vector<bool> is_member(arguments.size());
  for (const Member& member : members_) is_member[member.argument] = true;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_member[i]) entries_.push_back({i, Entry::Kind::kItself});
  }
  for (Base& base : bases_) {
    base.place = base.outer.defined() ? kNone : entries_.size();
    if (!base.outer.defined()) entries_.push_back({base.argument, Entry::Kind::kBase});
  }
  first_view_ = entries_.size();
  for (Detached& view : detached_) {
    const TensorImpl& object = detached_in(arguments, view);
    view.has_gradient = static_cast<bool>(object.state.edge.node);
    bool enters = (view.has_gradient || object.grad.defined()) && !view.outer.defined();
    view.place = enters ? entries_.size() : kNone;
    if (enters) entries_.push_back({view.argument, Entry::Kind::kDetached});
  }
  place_members(arguments);
}

// Members that are one object get one place.
void BaseSharing::place_members(const Tensors& arguments) {
  IndexTable<const TensorImpl*> numbers(members_.size());
  std::vector<size_t> places;  // by number
  for (Member& member : members_) {
    const Tensor& argument = arguments[member.argument];
    member.number = numbers.add(argument.object());
    if (member.number == places.size()) {
      bool apart = !member.chain.empty() && !member.outer.defined();
      bool enters = apart && argument.object()->grad.defined();
      places.push_back(enters ? entries_.size() : kNone);
      if (enters) entries_.push_back({member.argument, Entry::Kind::kItself});
    }
    member.place = places[member.number];
  }
}

TensorImpl& BaseSharing::root_in(const Tensors& arguments, const Base& base) const {
  return base.outer.defined() ? *base.outer.object() : root_of(*arguments[base.argument].object());
}

TensorImpl& BaseSharing::detached_in(const Tensors& arguments, const Detached& view) {
  return gradient_root_of(*arguments[view.argument].object());
}

bool BaseSharing::has_as_traced(const Tensors& arguments, const Detached& view) const {
  TensorImpl& object = detached_in(arguments, view);
  if (view.outer.defined()) return &object == view.outer.object();
  bool has_grad = object.grad.defined();  // is compared where it enters
  return static_cast<bool>(object.state.edge.node) == view.has_gradient &&
         !(has_grad && view.place == kNone) &&
         view.chain.leads(root_in(arguments, bases_[view.base]), object);
}

bool BaseSharing::has_as_traced(const Tensors& arguments, const Member& member) const {
  const TensorImpl& object = *arguments[member.argument].object();
  if (member.outer.defined()) return &object == member.outer.object();
  const TensorImpl& owner = member.detached == kNone
                                ? root_in(arguments, bases_[member.base])
                                : detached_in(arguments, detached_[member.detached]);
  if (!member.chain.leads(owner, object)) return false;
  if (member.chain.empty()) return true;  // the owner itself, checked by holds()
  return outers_.count(&object) == 0 && object.grad.defined() == (member.place != kNone);
}

bool BaseSharing::holds(const Tensors& arguments) const {
  IndexTable<const TensorImpl*> roots(bases_.size());
  for (const Base& base : bases_) {
    TensorImpl& root = root_in(arguments, base);
    bool requires_grad = static_cast<bool>(root.state.edge.node);
    if (!(handle(root).type() == base.type) || requires_grad != base.requires_grad) return false;
    size_t known = roots.size();
    if (roots.add(&root) < known) return false;  // two bases that were distinct are now one
  }
  IndexTable<const TensorImpl*> views(detached_.size());
  for (const Detached& view : detached_) {
    size_t known = views.size();
    if (!has_as_traced(arguments, view)) return false;
    if (views.add(&detached_in(arguments, view)) < known) return false;
  }
  IndexTable<const TensorImpl*> objects(members_.size());
  return std::all_of(members_.begin(), members_.end(), [&](const Member& member) {
    return has_as_traced(arguments, member) &&
           objects.add(arguments[member.argument].object()) == member.number;
  });
}

Tensors BaseSharing::entering(const Tensors& arguments) const {
  if (empty()) return arguments;
  Tensors all;
  for (const Entry& entry : entries_) {
    TensorImpl& argument = *arguments[entry.argument].object();
    switch (entry.kind) {
      case Entry::Kind::kItself:
        all.push_back(handle(argument));
        break;
      case Entry::Kind::kBase:
        all.push_back(handle(root_of(argument)));
        break;
      case Entry::Kind::kDetached:
        all.push_back(handle(gradient_root_of(argument)));
        break;
    }
  }
  return all;
}

}  // namespace mycel::compiler
