// The results of a compiled function: new tensors, arguments and outer tensors themselves, and
// views of any of these.
#include <map>

#include "mycel/compiler/compiled_node.h"
#include "mycel/compiler/compiled_trace.h"
#include "mycel/tensor/edges_here.h"

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

void Compiled::note_results(Trace& trace, const Tensors& results, const TracedArguments& traced,
                            Outputs& outputs) {
  using Kind = Result::Kind;
  Known known = known_tensors(trace, traced);
  std::map<const TensorObject*, size_t> shared, output_of;  // new bases
  for (const Tensor& result : results) {
    if (!result.defined()) fail(Code::kType, "[jit] expects results with a value, got none");
    results_.push_back(known_result(trace, *result.object(), known));
    if (results_.back().kind == Kind::kOutput) ++shared[&root_of(*result.object())];
  }
  results_are_new_ = true;
  for (size_t i = 0; i < results.size(); ++i) {
    bool is_grad = i >= num_results_;
    if (results_[i].kind != Kind::kOutput) {
      results_are_new_ = results_are_new_ && is_grad;
      continue;
    }
    // A view whose base is no result, nor that of another, is as good as a tensor of its own.
    Tensor base = handle(root_of(*results[i].object()));
    ViewChain chain(*base.object(), *results[i].object());
    bool own_gradient = chain.detaches() && results[i].requires_grad();
    if (shared[base.object()] == 1 || own_gradient) {
      base = results[i];
      chain = {};
    }
    auto [output, is_first] = output_of.try_emplace(base.object(), outputs.values.size());
    if (is_first) {
      State state = base.state();
      if (is_grad) state.edge = {};
      add_state(trace, std::move(state), traced, outputs);
    }
    results_are_new_ = results_are_new_ && (is_grad || (is_first && chain.empty()));
    results_[i] = {Kind::kOutput, output->second, {}, std::move(chain)};
  }
  num_new_results_ = handed_through_.size();
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
  handed_through_.push_back(through);
  return outputs.add(trace, std::move(state));
}

Edge Compiled::edge_of(const IntrusivePtr<Node>& node, size_t output) const {
  if (!node || !backward_->differentiable[output]) return {};
  return {node, static_cast<uint32_t>(output)};
}

Edge Compiled::output_edge(const Tensors& entering, const IntrusivePtr<Node>& node,
                           size_t output) const {
  const HandedThrough& through = handed_through_[output];
  switch (through.kind) {
    case HandedThrough::Kind::kArgument:
      return edge_of_object(*entering[through.index].object());
    case HandedThrough::Kind::kSlot:
      return edge_of_object(*slots_[through.index].object.object());
    case HandedThrough::Kind::kNo:
      break;
  }
  return edge_of(node, output);
}

std::vector<State> Compiled::states_of(const Tensors& entering,
                                       std::span<const NDArray* const> inputs) const {
  std::vector<State> states(inputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    states[i].payload.array = *inputs[i];
    if (inputs_[i].kind == TraceInput::Kind::kArgument) {
      states[i].edge = edge_of_object(*entering[inputs_[i].index].object());
    } else if (inputs_[i].kind == TraceInput::Kind::kState) {
      states[i].edge = edge_of_object(*slots_[inputs_[i].index].object.object());
    }
  }
  return states;
}

Tensors Compiled::new_results(const Tensors& entering, std::span<const NDArray> outputs,
                              const IntrusivePtr<Node>& node) const {
  Tensors made;
  for (size_t i = 0; i < num_new_results_; ++i) {
    made.push_back(Tensor(State{Payload{outputs[i], nullptr, {}}, output_edge(entering, node, i)}));
  }
  return made;
}

// After the call has written elements: views show them. Those of values that are then replaced come
// first.
void Compiled::connect_results(const Tensors& arguments, const Tensors& entering,
                               const Tensors& made, bool before, Tensors& results) const {
  for (size_t i = 0; i < results_.size(); ++i) {
    const Result& result = results_[i];
    if (result.before != before) continue;
    const Tensor& base = result.kind == Result::Kind::kOutput
                             ? made[result.index]
                             : tensor_of(result, arguments, entering);
    results[i] = result.chain.follow(base);
  }
}

// What is no new tensor.
const Tensor& Compiled::tensor_of(const Result& result, const Tensors& arguments,
                                  const Tensors& entering) const {
  switch (result.kind) {
    case Result::Kind::kArgument:
      return arguments[result.index];
    case Result::Kind::kEntering:
      return entering[result.index];
    case Result::Kind::kEnteringGrad:
      return entering[result.index].object()->grad;
    case Result::Kind::kSlotGrad:
      return slots_[result.index].object.object()->grad;
    case Result::Kind::kOuter:
    case Result::Kind::kOutput:
      break;
  }
  return result.outer;
}

}  // namespace mycel::compiler
