// Variables of nested differentiation: each level has its own.
#pragma once

#include <utility>
#include <vector>

#include "mycel/tensor/tensor.h"
#include "mycel/tensor/thread_local_edges.h"

namespace mycel {

// Returns the value of `x` as a variable of a new differentiation: a new object whose gradient can
// be requested, still connected to what `x` came from (for an outer differentiation). It is not a
// leaf: it may be written, and has no `.grad`.
Tensor as_variable(const Tensor& x);

// Closes a variable: the function that it was made for has returned.
void close_variable(const Tensor& variable);

// Whether `value` may be differentiated elsewhere: it depends on a leaf or an open variable.
bool depends_on_open(const Tensor& value);

// Makes objects that require a gradient variables of a new differentiation, on this thread, from
// enter() to exit(). They remain variables of an outer differentiation, but a parameter's own
// `.grad` is not affected.
class VariableScope {
 public:
  explicit VariableScope(Tensors tensors);
  void enter();
  void exit();
  const Tensors& variables() const { return variables_; }

 private:
  Tensors tensors_, variables_;
  ThreadLocalEdges edges_;
  std::vector<std::pair<Tensor, Edge>> in_trace_;  // objects with a slot in the open trace
};

}  // namespace mycel
