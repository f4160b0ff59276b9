// Makes the results of a compiled function's call, with their edges, and connects them to each
// other and to tensors that outlive the call.
#include "mycel/jit/captured_tensor.h"
#include "mycel/jit/compiled_node.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/thread_local_edges.h"
#include "mycel/tensor/view.h"

namespace mycel::compiler {
namespace {

Edge edge_of_object(TensorImpl& object) {
  return object.view ? view_state(object).edge : edge_here(object);
}

}  // namespace

Edge Compiled::edge_of(const IntrusivePtr<Node>& node, size_t output) const {
  if (!node || !backward_->differentiable[output]) return {};
  return {node, static_cast<uint32_t>(output)};
}

Edge Compiled::output_edge(const Called& called, const IntrusivePtr<Node>& node,
                           size_t output) const {
  const ResultAlias& through = handed_through_[output];
  switch (through.kind) {
    case ResultAlias::Kind::kArgument:
      return edge_of_object(*called.entering[through.index].object());
    case ResultAlias::Kind::kSlot:
      return edge_of_object(*slots_[through.index].object.object());
    case ResultAlias::Kind::kLeaf:
      return leaf_edge(called, through.index);
    case ResultAlias::Kind::kFreed:
      return {freed_, 0};
    case ResultAlias::Kind::kNewLeaf:
      return called.new_leaves[through.index].object()->state.edge;
    case ResultAlias::Kind::kNo:
      break;
  }
  return edge_of(node, output);
}

Edge Compiled::leaf_edge(const Called& called, size_t leaf) const {
  return {make_leaf(*tensor_of(leaves_[leaf], called).object()), 0};
}

// Leaves that are results get their values after the run.
Tensors Compiled::make_new_leaves() const {
  Tensors leaves;
  for (size_t i = 0; i < new_leaves_.size(); ++i) {
    leaves.push_back(Tensor(State()));
    TensorImpl& object = *leaves.back().object();
    object.state.edge = {make_leaf(object), 0};
  }
  return leaves;
}

// Returns the edges that the gradients flow to.
std::vector<Edge> Compiled::variable_edges(const Called& called) const {
  std::vector<Edge> edges;
  edges.reserve(variables_.size());
  for (auto [kind, index] : variables_) {
    switch (kind) {
      case Variable::Kind::kEntering:
        edges.push_back(edge_of_object(*called.entering[index].object()));
        break;
      case Variable::Kind::kSlot:
        edges.push_back(edge_of_object(*slots_[index].object.object()));
        break;
      case Variable::Kind::kLeaf:
        edges.push_back(leaf_edge(called, index));
        break;
      case Variable::Kind::kNewLeaf:
        edges.push_back(called.new_leaves[index].object()->state.edge);
        break;
    }
  }
  return edges;
}

Tensors Compiled::new_results(const Called& called, std::span<NDArray> outputs,
                              const IntrusivePtr<Node>& node) const {
  Tensors made;
  for (size_t i = 0; i < num_new_results_; ++i) {
    const ResultAlias& through = handed_through_[i];
    if (through.kind == ResultAlias::Kind::kNewLeaf && new_leaves_[through.index] == i) {
      made.push_back(called.new_leaves[through.index]);
      made.back().object()->state.payload.array = std::move(outputs[i]);
    } else {
      Tensor& result = made.emplace_back(std::move(outputs[i]));
      if (!node && through.kind == ResultAlias::Kind::kNo) continue;
      result.object()->state.edge = output_edge(called, node, i);
    }
  }
  return made;
}

// Called after the call has written elements, so that views show them; first (`before`) for views
// of values that are about to be replaced.
void Compiled::connect_results(const Called& called, bool before, Connected& connected) const {
  Tensors& made = connected.made;
  auto source = [&](const Result& from) {
    if (from.kind == Result::Kind::kOutput) return made[from.index];
    if (from.kind == Result::Kind::kOwnView) return connected.own_views[from.index];
    if (from.kind == Result::Kind::kResult) return connected.results[from.index];
    return tensor_of(from, called);
  };
  for (size_t i = 0; i < own_views_.size(); ++i) {
    auto& [from, output] = own_views_[i];
    if (from.before != before) continue;
    bool has_gradient = output != kNoOutput;
    connected.own_views[i] = has_gradient ? made[output] : from.chain.follow(source(from));
    if (has_gradient) from.chain.connect_end(made[output], source(from), true);
  }
  for (size_t i = 0; i < results_.size(); ++i) {
    const Result& result = results_[i];
    if (result.before != before) continue;
    bool is_made = result.last_use && result.chain.empty();
    connected.results[i] =
        is_made ? std::move(made[result.index]) : result.chain.follow(source(result));
  }
}

// Returns a source that is not a new tensor.
Tensor Compiled::tensor_of(const Result& result, const Called& called) const {
  const Tensors &arguments = called.arguments, &entering = called.entering;
  switch (result.kind) {
    case Result::Kind::kArgument:
      return arguments[result.index];
    case Result::Kind::kDetached:
      return Tensor(IntrusivePtr<TensorImpl>(
          &BaseSharing::detached_in(arguments, sharing_.detached()[result.index])));
    case Result::Kind::kEntering:
      return entering[result.index];
    case Result::Kind::kEnteringGrad:
      return entering[result.index].object()->grad;
    case Result::Kind::kSlotGrad:
      return slots_[result.index].object.object()->grad;
    case Result::Kind::kOuter:
    case Result::Kind::kOutput:
    case Result::Kind::kOwnView:
    case Result::Kind::kResult:
      break;
  }
  return result.outer;
}

}  // namespace mycel::compiler
