// Inputs and outputs of the trace that a compiled function is made from.
#pragma once

#include <unordered_set>
#include <vector>

#include "mycel/jit/captured_tensor.h"
#include "mycel/passes/memory/plan_memory.h"

namespace mycel::compiler {

// The arguments passed to the body, and the entering values, by place, before it ran.
struct Compiled::TracedArguments {
  Tensors given;  // by argument
  Tensors tensors;
  Tensors detached;  // views of shared bases, by number
  std::vector<ir::Value*> values;
  std::vector<Edge> edges;
  std::vector<Edge> leaves;  // of the leaves that the body made of known tensors
  std::unordered_set<const TensorImpl*> edge_changes;
  Tensors grads;  // undefined: none
  std::vector<ir::Value*> grad_values;
};

// The outputs of the traced function, in order: results, new values of arguments and captured
// tensors, gradients, residuals.
struct Compiled::Outputs {
  std::vector<ir::Value*> values;
  std::vector<State> states;     // of results and new values, with their edges
  std::vector<Edge> new_leaves;  // leaves of new tensors, used as edges in `states`
  std::vector<passes::MemoryRequest::Donation> donations;

  size_t add(ir::Value* value) {
    values.push_back(value);
    return values.size() - 1;
  }
  size_t add(Trace& trace, State state) {
    states.push_back(std::move(state));
    return add(trace.lift(states.back().payload));
  }
  size_t number_of_leaf(const Edge& leaf) {
    size_t number = 0;
    while (number < new_leaves.size() && new_leaves[number].node != leaf.node) ++number;
    if (number == new_leaves.size()) new_leaves.push_back(leaf);
    return number;
  }
  void donate(const ir::Value* input, size_t output) {
    if (!taking_.insert(output).second) return;
    donations.push_back({input->index(), static_cast<uint32_t>(output)});
  }

 private:
  std::unordered_set<size_t> taking_;  // outputs that take an input's buffer
};

}  // namespace mycel::compiler
