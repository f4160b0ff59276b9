// The results of a compiled function: new tensors, arguments and outer tensors themselves, and
// views of any of these.
#include <algorithm>
#include <map>
#include <set>

#include "mycel/compiler/compiled_node.h"
#include "mycel/compiler/compiled_trace.h"
#include "mycel/tensor/edges_here.h"
#include "mycel/tensor/leaf.h"

namespace mycel::compiler {
namespace {

Tensor handle(const TensorObject& object) {
  return Tensor(IntrusivePtr<TensorObject>(const_cast<TensorObject*>(&object)));
}

Edge edge_of_object(TensorObject& object) {
  return object.view ? view_state(object).edge : edge_here(object);
}

}  // namespace

// The tensors of the trace that stand for others, which live on.
Compiled::Known Compiled::known_tensors(Trace& trace, const TracedArguments& traced) {
  using Kind = Result::Kind;
  Known known;
  auto add = [&](const Tensor& tensor, Kind kind, size_t index) {
    if (tensor.defined() && tensor.object()->state.payload.is_traced()) {
      known.try_emplace(tensor.object(), Result{kind, index, {}, {}});
    }
  };
  for (size_t i = 0; i < traced.given.size(); ++i) add(traced.given[i], Kind::kArgument, i);
  for (size_t i = 0; i < traced.detached.size(); ++i) add(traced.detached[i], Kind::kDetached, i);
  for (size_t i = 0; i < traced.tensors.size(); ++i) add(traced.tensors[i], Kind::kEntering, i);
  for (size_t i = 0; i < traced.grads.size(); ++i) add(traced.grads[i], Kind::kEnteringGrad, i);
  for (size_t i = 0; i < trace.slots().size(); ++i) {
    add(trace.slots()[i].entry_grad, Kind::kSlotGrad, i);
  }
  for (const Replacement& replacement : trace.replacements()) {
    const TensorObject& object = *replacement.object.object();
    auto found = known.find(&object);
    if (!object.state.payload.is_traced()) {
      known.emplace(replacement.now.object(), Result{Kind::kOuter, 0, replacement.object, {}});
    } else if (found != known.end()) {
      Result before = found->second;
      before.before = true;
      known.emplace(replacement.before.object(), std::move(before));
    }
  }
  return known;
}

// As one of these, an outer tensor or a view of one; an output of no chain stands for none of
// these.
Compiled::Result Compiled::known_result(Trace& trace, const TensorObject& result,
                                        const Known& known) {
  using Kind = Result::Kind;
  for (const TensorObject* at = &result;; at = at->view->base.object()) {
    if (auto found = known.find(at); found != known.end()) {
      Result known_one = found->second;
      known_one.chain = ViewChain(*at, result);
      return known_one;
    }
    if (!at->state.payload.is_traced()) {
      ViewChain chain(*at, result);
      bool before = trace.replacement(*at) && !chain.empty();
      return {Kind::kOuter, 0, handle(*at), std::move(chain), before};
    }
    if (!at->view) return {};
  }
}

// What requires_grad_() and detach_() did to tensors that live on.
void Compiled::note_edge_changes(Trace& trace, const EdgeChanges& changes,
                                 TracedArguments& traced) {
  if (changes.list().empty()) return;
  Known known = known_tensors(trace, traced);
  for (const EdgeChanges::Change& change : changes.list()) {
    const TensorObject& object = *change.tensor.object();
    Result tensor = known_result(trace, object, known);
    if (tensor.kind == Result::Kind::kOutput || !tensor.chain.empty()) continue;
    if (object.leaf && !change.was_leaf) {
      traced.leaves.push_back({object.leaf, 0});
      leaves_.push_back(tensor);
    }
    bool leaf = leaf_of(object) != nullptr;
    if (leaf && change.was_leaf) continue;
    traced.edge_changes.insert(&object);
    edge_changes_.push_back({std::move(tensor), leaf});
    writes_ = true;
  }
}

// Gradients other than those that were there are results, too.
void Compiled::add_new_grads(Trace& trace, const TracedArguments& traced, Tensors& results) {
  num_results_ = results.size();
  auto add = [&](GradPlace place, const Tensor& grad) {
    new_grads_.push_back({place});
    if (!grad.defined()) return;
    new_grads_.back().result = results.size();
    results.push_back(grad);
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    Tensor grad = traced.tensors[i].grad();
    if (!grad.same_object(traced.grads[i])) add({false, i}, grad);
  }
  for (size_t i = 0; i < trace.slots().size(); ++i) {
    const TraceSlot& slot = trace.slots()[i];
    bool written = slot.grad_status == TraceSlot::Grad::kWritten;
    if (written || !slot.grad.same_object(slot.entry_grad)) add({true, i}, slot.grad);
  }
}

void Compiled::add_left_grads(const TracedArguments& traced, Tensors& results) {
  auto add = [&](bool of_result, size_t index, const Tensor& tensor) {
    const TensorObject& object = *tensor.object();
    if (!object.state.payload.is_traced() || !object.grad.defined()) return;
    bool enters = std::any_of(traced.tensors.begin(), traced.tensors.end(),
                              [&](const Tensor& other) { return other.same_object(tensor); });
    if (enters) return;
    left_grads_.push_back({of_result, index, results.size()});
    results.push_back(Tensor(object.grad));
  };
  for (size_t i = 0; i < num_results_; ++i) add(true, i, results[i]);
  for (size_t i = 0; i < traced.given.size(); ++i) add(false, i, traced.given[i]);
}

// Finds where results come from, and notes the outputs that they need.
class Compiled::ResultFinder {
 public:
  ResultFinder(Compiled& self, Trace& trace, const TracedArguments& traced, Outputs& outputs)
      : self_(self),
        trace_(trace),
        traced_(traced),
        outputs_(outputs),
        known_(known_tensors(trace, traced)) {}

  // All are counted before one is found.
  void count(const TensorObject& result) {
    if (known_result(trace_, result, known_).kind == Result::Kind::kOutput) {
      ++users_[&root_of(result)];
    }
  }

  Result find(const TensorObject& result, bool is_grad) {
    is_grad_ = is_grad;
    auto users = users_.find(&root_of(result));
    // A view whose base is no result, nor that of another, is as good as a tensor of its own.
    const TensorObject& owner = gradient_root_of(const_cast<TensorObject&>(result));
    bool of_leaf = leaf_of(owner) && &owner != &result;
    bool alone = users != users_.end() && users->second == 1 && !of_leaf;
    return alone ? Result{Result::Kind::kOutput, output(result), {}, {}} : find(result);
  }

 private:
  Result find(const TensorObject& object) {
    const TensorObject* at = &object;
    for (; at->state.payload.is_traced() && known_.count(at) == 0; at = at->view->base.object()) {
      if (at->view && at->view->own_edge) {
        size_t number = own_view(*at);
        bool before = self_.own_views_[number].from.before;
        return {Result::Kind::kOwnView, number, {}, ViewChain(*at, object), before};
      }
      if (!at->view) return {Result::Kind::kOutput, output(*at), {}, ViewChain(*at, object)};
    }
    return known_result(trace_, object, known_);
  }

  size_t own_view(const TensorObject& view) {
    auto found = own_views_.find(&view);
    if (found != own_views_.end()) return found->second;
    Result from = find(*view.view->base.object());
    from.chain.add(*view.view);
    bool has_gradient = static_cast<bool>(handle(view).state().edge.node);
    self_.own_views_.push_back({std::move(from), has_gradient ? output(view) : kNoOutput});
    return own_views_[&view] = self_.own_views_.size() - 1;
  }

  size_t output(const TensorObject& object) {
    auto [output, is_first] = output_of_.try_emplace(&object, outputs_.values.size());
    if (!is_first) return output->second;
    State state = handle(object).state();
    if (is_grad_) state.edge = {};
    bool leaf = leaf_of(object) && !is_grad_;
    size_t added = self_.add_state(trace_, std::move(state), traced_, outputs_);
    if (leaf) self_.handed_through_[added].kind = HandedThrough::Kind::kNewLeaf;
    return added;
  }

  Compiled& self_;
  Trace& trace_;
  const TracedArguments& traced_;
  Outputs& outputs_;
  Known known_;
  bool is_grad_ = false;
  std::map<const TensorObject*, size_t> users_, output_of_, own_views_;  // users of new bases
};

void Compiled::note_results(Trace& trace, const Tensors& results, const TracedArguments& traced,
                            Outputs& outputs) {
  ResultFinder finder(*this, trace, traced, outputs);
  for (const Tensor& result : results) {
    if (!result.defined()) fail(Code::kType, "[jit] expects results with a value, got none");
    finder.count(*result.object());
  }
  results_are_new_ = left_grads_.empty();
  for (size_t i = 0; i < results.size(); ++i) {
    bool is_grad = i >= num_results_;
    size_t num_outputs = outputs.values.size();
    const Result& found = results_.emplace_back(finder.find(*results[i].object(), is_grad));
    bool is_new = found.kind == Result::Kind::kOutput && found.index == num_outputs;
    results_are_new_ = results_are_new_ && (is_grad || (is_new && found.chain.empty()));
  }
  num_new_results_ = handed_through_.size();
  std::set<size_t> used;
  for (size_t i = results_.size(); i > 0; --i) {
    Result& result = results_[i - 1];
    result.last_use = result.kind == Result::Kind::kOutput && used.insert(result.index).second;
  }
}

size_t Compiled::add_state(Trace& trace, State state, const TracedArguments& traced,
                           Outputs& outputs) {
  using Kind = HandedThrough::Kind;
  HandedThrough through;
  const Node* node = state.edge.node.get();
  for (size_t i = 0; node && i < traced.edges.size(); ++i) {
    if (node == traced.edges[i].node.get()) through = {Kind::kArgument, i};
  }
  for (size_t i = 0; node && i < trace.slots().size(); ++i) {
    if (node == trace.slots()[i].entry_edge.node.get()) through = {Kind::kSlot, i};
  }
  for (size_t i = 0; node && i < traced.leaves.size(); ++i) {
    if (node == traced.leaves[i].node.get()) through = {Kind::kLeaf, i};
  }
  handed_through_.push_back(through);
  return outputs.add(trace, std::move(state));
}

Edge Compiled::edge_of(const IntrusivePtr<Node>& node, size_t output) const {
  if (!node || !backward_->differentiable[output]) return {};
  return {node, static_cast<uint32_t>(output)};
}

Edge Compiled::output_edge(const Tensors& arguments, const Tensors& entering,
                           const IntrusivePtr<Node>& node, size_t output) const {
  const HandedThrough& through = handed_through_[output];
  switch (through.kind) {
    case HandedThrough::Kind::kArgument:
      return edge_of_object(*entering[through.index].object());
    case HandedThrough::Kind::kSlot:
      return edge_of_object(*slots_[through.index].object.object());
    case HandedThrough::Kind::kLeaf:
      return leaf_edge(arguments, entering, through.index);
    case HandedThrough::Kind::kNewLeaf:
      return {};
    case HandedThrough::Kind::kNo:
      break;
  }
  return edge_of(node, output);
}

Edge Compiled::leaf_edge(const Tensors& arguments, const Tensors& entering, size_t leaf) const {
  return {make_leaf(*tensor_of(leaves_[leaf], arguments, entering).object()), 0};
}

// Where the gradients go, except for results, which come last.
std::vector<Edge> Compiled::variable_edges(const Tensors& arguments,
                                           const Tensors& entering) const {
  std::vector<Edge> edges;
  edges.reserve(variables_.size());
  for (auto [kind, index] : variables_) {
    switch (kind) {
      case Variable::Kind::kEntering:
        edges.push_back(edge_of_object(*entering[index].object()));
        break;
      case Variable::Kind::kSlot:
        edges.push_back(edge_of_object(*slots_[index].object.object()));
        break;
      case Variable::Kind::kLeaf:
        edges.push_back(leaf_edge(arguments, entering, index));
        break;
      case Variable::Kind::kResult:
        break;
    }
  }
  return edges;
}

Tensors Compiled::new_results(const Tensors& arguments, const Tensors& entering,
                              std::span<NDArray> outputs, const IntrusivePtr<Node>& node) const {
  Tensors made;
  for (size_t i = 0; i < num_new_results_; ++i) {
    Tensor& result = made.emplace_back(std::move(outputs[i]));
    HandedThrough::Kind kind = handed_through_[i].kind;
    if (!node && kind == HandedThrough::Kind::kNo) continue;
    result.object()->state.edge = output_edge(arguments, entering, node, i);
    if (kind == HandedThrough::Kind::kNewLeaf) result.set_requires_grad(true);
  }
  return made;
}

// After the call has written elements: views show them. Those of values that are then replaced come
// first.
void Compiled::connect_results(const Tensors& arguments, const Tensors& entering, bool before,
                               Connected& connected) const {
  Tensors& made = connected.made;
  auto source = [&](const Result& from) {
    if (from.kind == Result::Kind::kOutput) return made[from.index];
    if (from.kind == Result::Kind::kOwnView) return connected.own_views[from.index];
    return tensor_of(from, arguments, entering);
  };
  for (size_t i = 0; i < own_views_.size(); ++i) {
    auto& [from, output] = own_views_[i];
    if (from.before != before) continue;
    bool has_gradient = output != kNoOutput;
    connected.own_views[i] = has_gradient ? made[output] : from.chain.follow(source(from));
    if (has_gradient) from.chain.connect_end(made[output], source(from));
  }
  for (size_t i = 0; i < results_.size(); ++i) {
    const Result& result = results_[i];
    if (result.before != before) continue;
    bool is_made = result.last_use && result.chain.empty();
    connected.results[i] =
        is_made ? std::move(made[result.index]) : result.chain.follow(source(result));
  }
}

// What is no new tensor.
Tensor Compiled::tensor_of(const Result& result, const Tensors& arguments,
                           const Tensors& entering) const {
  switch (result.kind) {
    case Result::Kind::kArgument:
      return arguments[result.index];
    case Result::Kind::kDetached:
      return handle(BaseSharing::detached_in(arguments, sharing_.detached()[result.index]));
    case Result::Kind::kEntering:
      return entering[result.index];
    case Result::Kind::kEnteringGrad:
      return entering[result.index].object()->grad;
    case Result::Kind::kSlotGrad:
      return slots_[result.index].object.object()->grad;
    case Result::Kind::kOuter:
    case Result::Kind::kOutput:
    case Result::Kind::kOwnView:
      break;
  }
  return result.outer;
}

}  // namespace mycel::compiler
