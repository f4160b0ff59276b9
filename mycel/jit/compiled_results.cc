// Finds the sources of a compiled function's results: new tensors, arguments, captured tensors,
// and views of any of these.
#include <algorithm>
#include <map>
#include <set>

#include "mycel/jit/compiled_node.h"
#include "mycel/jit/compiled_trace.h"
#include "mycel/tensor/leaf.h"

namespace mycel::compiler {
namespace {

Tensor handle(const TensorImpl& object) {
  return Tensor(IntrusivePtr<TensorImpl>(const_cast<TensorImpl*>(&object)));
}

}  // namespace

// Maps each stand-in tensor of the trace to the tensor that it stands for, which outlives the call.
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
    const TensorImpl& object = *replacement.object.object();
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

// Returns `result` as a known tensor, a captured tensor or a view of one; as an output without
// a chain if it is none of these.
Compiled::Result Compiled::known_result(Trace& trace, const TensorImpl& result,
                                        const Known& known) {
  using Kind = Result::Kind;
  for (const TensorImpl* at = &result;; at = at->view->base.object()) {
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

// Records what requires_grad_() and detach_() did to tensors that outlive the call.
void Compiled::note_edge_changes(Trace& trace, const EdgeChanges& changes,
                                 TracedArguments& traced) {
  if (changes.list().empty()) return;
  Known known = known_tensors(trace, traced);
  for (const EdgeChanges::Change& change : changes.list()) {
    const TensorImpl& object = *change.tensor.object();
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

// Adds gradients that differ from those at entry to the results.
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
    const TensorImpl& object = *tensor.object();
    if (!object.state.payload.is_traced() || !object.grad.defined()) return;
    bool enters = std::any_of(traced.tensors.begin(), traced.tensors.end(),
                              [&](const Tensor& other) { return other.same_object(tensor); });
    if (enters) return;
    writes_ = writes_ || !of_result;
    left_grads_.push_back({of_result, index, results.size()});
    results.push_back(Tensor(object.grad));
  };
  for (size_t i = 0; i < num_results_; ++i) add(true, i, results[i]);
  for (size_t i = 0; i < traced.given.size(); ++i) add(false, i, traced.given[i]);
}

// Finds the sources of results and notes the outputs that they need.
class Compiled::ResultFinder {
 public:
  ResultFinder(Compiled& self, Trace& trace, const EdgeChanges& changes,
               const TracedArguments& traced, Outputs& outputs)
      : self_(self),
        trace_(trace),
        changes_(changes),
        traced_(traced),
        outputs_(outputs),
        known_(known_tensors(trace, traced)) {}

  // Count all results before the first find().
  void count(const TensorImpl& result) {
    if (!counted_.insert(&result).second) return;
    if (known_result(trace_, result, known_).kind == Result::Kind::kOutput) {
      ++users_[&root_of(result)];
    }
  }

  Result find(const TensorImpl& result, bool is_grad) {
    is_grad_ = is_grad;
    auto users = users_.find(&root_of(result));
    // A view may be a tensor of its own if its base is neither a result nor the base of another.
    const TensorImpl& owner = gradient_root_of(const_cast<TensorImpl&>(result));
    bool of_leaf = leaf_of(owner) && &owner != &result;
    bool alone = users != users_.end() && users->second == 1 && !of_leaf;
    return alone ? Result{Result::Kind::kOutput, output(result), {}, {}} : find(result);
  }

  // Whether the function changed the edge from which a view derives its own.
  bool shows_edge_change(const TensorImpl& view) const {
    for (const TensorImpl* at = &view; at->view && !at->view->own_edge;) {
      at = at->view->base.object();
      if (changes_.has(*at)) return true;
    }
    return false;
  }

  // Adds the output whose edge the view has; kNoOutput if it has none.
  size_t edge_of_view(const TensorImpl& view) {
    State state = handle(view).state();
    if (!state.edge.node) return kNoOutput;
    size_t added = self_.add_state(trace_, std::move(state), traced_, outputs_);
    self_.note_handed_value(added, false);
    return added;
  }

 private:
  Result find(const TensorImpl& object) {
    const TensorImpl* at = &object;
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

  size_t own_view(const TensorImpl& view) {
    auto found = own_views_.find(&view);
    if (found != own_views_.end()) return found->second;
    const TensorImpl& base = *view.view->base.object();
    Result from = find(base);
    from.chain.add(*view.view);
    // A view made of the captured tensor itself shows the value before its replacement.
    bool outer = !base.state.payload.is_traced();
    from.before = from.before || (outer && trace_.replacement(base));
    bool has_gradient = static_cast<bool>(handle(view).state().edge.node);
    self_.own_views_.push_back({std::move(from), has_gradient ? output(view) : kNoOutput});
    return own_views_[&view] = self_.own_views_.size() - 1;
  }

  size_t output(const TensorImpl& object) {
    auto [output, is_first] = output_of_.try_emplace(&object, outputs_.values.size());
    if (!is_first) return output->second;
    State state = handle(object).state();
    if (is_grad_) state.edge = {};
    bool leaf = leaf_of(object) && !is_grad_;
    size_t added = self_.add_state(trace_, std::move(state), traced_, outputs_);
    const ResultAlias& through = self_.handed_through_[added];
    bool new_leaf = leaf && through.kind == ResultAlias::Kind::kNewLeaf;
    if (new_leaf) self_.new_leaves_[through.index] = added;
    return added;
  }

  Compiled& self_;
  Trace& trace_;
  const EdgeChanges& changes_;
  const TracedArguments& traced_;
  Outputs& outputs_;
  Known known_;
  bool is_grad_ = false;
  std::set<const TensorImpl*> counted_;
  std::map<const TensorImpl*, size_t> users_, output_of_, own_views_;  // users_: of new bases
};

void Compiled::note_results(Trace& trace, const Tensors& results, const EdgeChanges& changes,
                            const TracedArguments& traced, Outputs& outputs) {
  ResultFinder finder(*this, trace, changes, traced, outputs);
  for (const Tensor& result : results) {
    if (!result.defined()) fail(Code::kType, "[jit] expects results with a value, got none");
    finder.count(*result.object());
  }
  std::map<const TensorImpl*, size_t> views;
  results_are_new_ = left_grads_.empty();
  for (size_t i = 0; i < results.size(); ++i) {
    bool is_grad = i >= num_results_;
    size_t num_outputs = outputs.values.size();
    const TensorImpl& object = *results[i].object();
    Result& found = results_.emplace_back(finder.find(object, is_grad));
    bool is_new = found.kind == Result::Kind::kOutput && found.index == num_outputs;
    results_are_new_ = results_are_new_ && (is_grad || (is_new && found.chain.empty()));
    if (found.chain.empty()) continue;
    auto [first, is_first] = views.try_emplace(&object, i);
    if (!is_first) {
      found = {Result::Kind::kResult, first->second, {}, {}, found.before};
    } else if (!is_grad && finder.shows_edge_change(object)) {
      view_edges_.push_back({i, finder.edge_of_view(object)});
    }
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
  using Kind = ResultAlias::Kind;
  ResultAlias through;
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
  const auto* leaf = dynamic_cast<const LeafNode*>(node);
  if (leaf && !leaf->is_border() && through.kind == Kind::kNo) {
    through = {Kind::kNewLeaf, outputs.number_of_leaf(state.edge)};
    new_leaves_.resize(outputs.new_leaves.size(), kNoOutput);
  }
  handed_through_.push_back(through);
  return outputs.add(trace, std::move(state));
}

}  // namespace mycel::compiler
