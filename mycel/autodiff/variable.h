// The levels of nested differentiation: each has variables of its own.
#pragma once

#include <utility>
#include <vector>

#include "mycel/tensor/tensor.h"
#include "mycel/tensor/thread_local_edges.h"

namespace mycel {

// The value of `x` as a variable of a new differentiation: another object, whose gradient can be
// asked for, and which is still connected to what `x` came from (for an outer differentiation). It
// is no leaf: it may be written to, and has no `.grad`.
Tensor as_variable(const Tensor& x);

// The function that a variable was made for has returned.
void close_variable(const Tensor& variable);

// Whether somebody else may differentiate `value`: it depends on a leaf, or on an open variable.
bool depends_on_open(const Tensor& value);

// Makes objects that require a gradient variables of a new differentiation, on this thread, from
// enter() to exit(). What they are to an outer one they stay, but a parameter's own `.grad` has no
// part in it.
class VariableScope {
 public:
  explicit VariableScope(Tensors tensors);
  void enter();
  void exit();
  const Tensors& variables() const { return variables_; }

 private:
  Tensors tensors_, variables_;
  ThreadLocalEdges edges_;
  std::vector<std::pair<Tensor, Edge>> in_trace_;  // objects that the open trace knows
};

}  // namespace mycel
