// Formula and Operand: write the formula in an operation's definition.
#pragma once

#include <vector>

#include "mycel/te/computation.h"

namespace mycel::te {

class Formula;

// An input: x.at({i, j}) is the element at those indices.
class Operand {
 public:
  Operand(int number, DType dtype, Dims dims)
      : number_(number), dtype_(dtype), dims_(std::move(dims)) {}
  DType dtype() const { return dtype_; }
  const Dims& dims() const { return dims_; }
  size_t rank() const { return dims_.size(); }
  Expr at(std::vector<Expr> indices) const { return load(number_, dtype_, std::move(indices)); }
  Expr at(const std::vector<Axis>& axes) const;
  Expr at_if(Expr predicate, std::vector<Expr> indices) const {
    return load_if(std::move(predicate), number_, dtype_, std::move(indices));
  }
  // The element broadcast to index `axes` of a result: ignores the axes of missing leading dims,
  // reads dims of extent 1 at 0.
  Expr broadcast_at(const std::vector<Axis>& axes) const;

 private:
  int number_;
  DType dtype_;
  Dims dims_;
};

// Builds a Computation: axes for a shape, inputs by number, outputs in order.
class Formula {
 public:
  explicit Formula(std::vector<Input> inputs) { computation_.inputs = std::move(inputs); }
  Operand input(size_t i) const;
  static std::vector<Axis> axes(const Dims& dims);
  // Appends an output; casts the value to `dtype`.
  void output(DType dtype, std::vector<Axis> axes, Expr value);
  Computation take() { return std::move(computation_); }

 private:
  Computation computation_;
};

std::vector<Expr> indices(const std::vector<Axis>& axes);

}  // namespace mycel::te
