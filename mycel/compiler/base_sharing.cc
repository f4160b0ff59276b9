#include "mycel/compiler/base_sharing.h"

#include <algorithm>

#include "mycel/base/index_table.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"

namespace mycel::compiler {
namespace {

Tensor handle(TensorObject& object) { return Tensor(IntrusivePtr<TensorObject>(&object)); }

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

ViewChain::ViewChain(const TensorObject& base, const TensorObject& view) {
  for (const TensorObject* at = &view; at != &base; at = at->view->base.object()) {
    const ViewLink& link = *at->view;
    steps_.push_back({link.op, link.attributes, link.recorded, link.own_edge});
  }
  std::reverse(steps_.begin(), steps_.end());
}

bool ViewChain::detaches() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const ViewStep& s) { return s.own_edge; });
}

bool ViewChain::leads(const TensorObject& base, const TensorObject& view) const {
  const TensorObject* at = &view;
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

void ViewChain::connect_end(const Tensor& value, const Tensor& base) const {
  Tensor parent = base;
  for (size_t i = 0; i + 1 < steps_.size(); ++i) parent = follow_step(steps_[i], parent);
  ViewStep last = steps_.back();
  last.own_edge = true;
  connect(value, parent, std::move(last), version_here(*parent.object()));
}

void BaseSharing::add(const Tensors& arguments, TensorObject& root, bool outer) {
  auto known = std::find_if(bases_.begin(), bases_.end(),
                            [&](const Base& base) { return base.root == &root; });
  if (known == bases_.end()) {
    Base& base = bases_.emplace_back();
    base.root = &root;
    base.argument = arguments.size();
    base.type = handle(root).type();
    base.requires_grad = static_cast<bool>(root.state.edge.node);
    for (size_t i = 0; i < arguments.size(); ++i) {
      TensorObject& argument = *arguments[i].object();
      if (&root_of(argument) != &root) continue;
      members_.push_back({i, bases_.size() - 1, ViewChain(root, argument)});
      base.argument = std::min(base.argument, i);
    }
    known = bases_.end() - 1;
  }
  if (outer) known->outer = handle(root);
}

void BaseSharing::place_all(const Tensors& arguments) {
  entries_.clear();
  std::vector<bool> is_member(arguments.size());
  for (const Member& member : members_) is_member[member.argument] = true;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_member[i]) entries_.push_back({i, false});
  }
  for (Base& base : bases_) {
    base.place = base.outer.defined() ? kNone : entries_.size();
    if (!base.outer.defined()) entries_.push_back({base.argument, true});
  }
  first_member_ = entries_.size();
  for (Member& member : members_) {
    bool own_gradient = static_cast<bool>(arguments[member.argument].object()->state.edge.node);
    member.place = own_gradient && member.chain.detaches() ? entries_.size() : kNone;
    if (member.place != kNone) entries_.push_back({member.argument, false});
  }
}

TensorObject& BaseSharing::root_in(const Tensors& arguments, const Base& base) const {
  return base.outer.defined() ? *base.outer.object() : root_of(*arguments[base.argument].object());
}

bool BaseSharing::holds(const Tensors& arguments) const {
  IndexTable<const TensorObject*> roots(bases_.size());
  for (const Base& base : bases_) {
    TensorObject& root = root_in(arguments, base);
    bool requires_grad = static_cast<bool>(root.state.edge.node);
    if (!(handle(root).type() == base.type) || requires_grad != base.requires_grad) return false;
    size_t known = roots.size();
    if (roots.add(&root) < known) return false;  // two bases that were apart are one
  }
  return std::all_of(members_.begin(), members_.end(), [&](const Member& member) {
    return member.chain.leads(root_in(arguments, bases_[member.base]),
                              *arguments[member.argument].object());
  });
}

Tensors BaseSharing::entering(const Tensors& arguments) const {
  if (empty()) return arguments;
  Tensors all;
  for (const Entry& entry : entries_) {
    const Tensor& argument = arguments[entry.argument];
    all.push_back(entry.is_base ? handle(root_of(*argument.object())) : argument);
  }
  return all;
}

}  // namespace mycel::compiler
