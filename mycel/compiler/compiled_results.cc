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

// As an argument, an outer tensor or a view of one; an output of no chain stands for none of these.
Compiled::Result Compiled::known_result(const TensorObject& result,
                                        const TracedArguments& traced) const {
  using Kind = Result::Kind;
  for (const TensorObject* at = &result;; at = at->view->base.object()) {
    for (auto [kind, tensors] :
         {std::pair(Kind::kArgument, &traced.given), std::pair(Kind::kEntering, &traced.tensors)}) {
      for (size_t i = 0; i < tensors->size(); ++i) {
        if ((*tensors)[i].object() == at) return {kind, i, {}, ViewChain(*at, result)};
      }
    }
    if (!at->state.payload.is_traced()) {
      return {Kind::kOuter, 0, handle(*at), ViewChain(*at, result)};
    }
    if (!at->view) return {};
  }
}

void Compiled::note_results(Trace& trace, const Tensors& results, const TracedArguments& traced,
                            Outputs& outputs) {
  using Kind = Result::Kind;
  std::map<const TensorObject*, size_t> shared, output_of;  // new bases
  for (const Tensor& result : results) {
    if (!result.defined()) fail(Code::kType, "[jit] expects results with a value, got none");
    results_.push_back(known_result(*result.object(), traced));
    if (results_.back().kind == Kind::kOutput) ++shared[&root_of(*result.object())];
  }
  results_are_new_ = true;
  for (size_t i = 0; i < results.size(); ++i) {
    if (results_[i].kind != Kind::kOutput) {
      results_are_new_ = false;
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
    if (is_first) add_state(trace, base.state(), traced, outputs);
    results_are_new_ = results_are_new_ && is_first && chain.empty();
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

// After the call has written what it writes: views show it.
Tensors Compiled::connect_results(const Tensors& arguments, const Tensors& entering,
                                  const Tensors& made) const {
  auto base_of = [&](const Result& result) -> const Tensor& {
    switch (result.kind) {
      case Result::Kind::kArgument:
        return arguments[result.index];
      case Result::Kind::kEntering:
        return entering[result.index];
      case Result::Kind::kOuter:
        return result.outer;
      case Result::Kind::kOutput:
        break;
    }
    return made[result.index];
  };
  Tensors results;
  for (const Result& result : results_) results.push_back(result.chain.follow(base_of(result)));
  return results;
}

}  // namespace mycel::compiler
