// Reverse-mode differentiation over the tape, eager and traced alike.
#pragma once

#include <unordered_map>

#include "mycel/tensor/tensor.h"

namespace mycel {

struct GradOptions {
  bool retain_graph = false;  // keep what was saved, for another pass; create_graph implies it
  bool create_graph = false;  // record the pass itself, for gradients of the gradients
  bool allow_unused =
      false;  // an input that the outputs do not depend on gives an undefined tensor
};

// The gradients of sum_i(sum(outputs[i] * cotangents[i])) with respect to `inputs`. An undefined
// cotangent is 1 for an output of one element, an error otherwise. Raises RuntimeError for an
// output without gradient, and for an unused input unless allowed.
Tensors gradients(const Tensors& outputs, const Tensors& cotangents, const Tensors& inputs,
                  const GradOptions& options = {});
// The same with respect to the values of these edges, undefined where unused.
Tensors gradients_at(const Tensors& outputs, const Tensors& cotangents,
                     const std::vector<Edge>& edges, const GradOptions& options);

// The same for every leaf that requires a gradient; each is added to the leaf's `.grad`.
void backward(const Tensors& outputs, const Tensors& cotangents, const GradOptions& options = {});

// Says of values whether an earlier backward pass freed what their gradients need. It looks at each
// node once, for all the values that it is asked about.
class FreedGraphs {
 public:
  bool contains(const Edge& edge);

 private:
  std::unordered_map<const Node*, bool> known_;
};

}  // namespace mycel
