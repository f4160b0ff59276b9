// Reverse-mode differentiation over the tape, eager and traced alike.
#pragma once

#include <unordered_map>

#include "mycel/tensor/tensor.h"

namespace mycel {

struct GradOptions {
  bool retain_graph = false;  // keep saved values for another pass; create_graph implies it
  bool create_graph = false;  // record the pass itself, for gradients of the gradients
  bool allow_unused = false;  // an unused input gives an undefined tensor, not an error
};

// Returns the gradients of sum_i(sum(outputs[i] * cotangents[i])) with respect to `inputs`. An
// undefined cotangent is 1 for an output of one element, an error otherwise. Raises RuntimeError
// for an output without a gradient, and for an unused input unless allowed.
Tensors gradients(const Tensors& outputs, const Tensors& cotangents, const Tensors& inputs,
                  const GradOptions& options = {});
// The same with respect to the values of these edges, undefined where unused.
Tensors gradients_at(const Tensors& outputs, const Tensors& cotangents,
                     const std::vector<Edge>& edges, const GradOptions& options);

// The same for every leaf that requires a gradient; each is added to the leaf's `.grad`.
void backward(const Tensors& outputs, const Tensors& cotangents, const GradOptions& options = {});

// Finds values whose gradients need something that an earlier backward pass freed. Visits each node
// once over all queries.
class FreedGraphs {
 public:
  bool contains(const Edge& edge);

 private:
  std::unordered_map<const Node*, bool> known_;
};

}  // namespace mycel
