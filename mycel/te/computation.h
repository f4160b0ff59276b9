// Formulas for all results of one operation, or of a fused group.
#pragma once

#include <string>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

struct Input {
  DType dtype;
  Dims dims;
};

// out[axes...] = value, for every index.
struct Output {
  DType dtype;
  std::vector<Axis> axes;  // one per dim; their extents are the shape
  Expr value;
};

struct Computation {
  std::vector<Input> inputs;
  std::vector<Output> outputs;
};

// Makes parts that are equal by structure one node, across all outputs.
void unify(Computation& computation);

// The node with other operands.
Expr with_operands(const Node& node, std::vector<Expr> operands);
// The value, to stand where a load was (Node::from_data).
Expr as_data(const Expr& value);
// Loads renumbered by `map`.
Expr renumber_inputs(const Expr& expr, std::span<const int> map);
// Axes replaced by index expressions (int64).
struct Substitution {
  Axis axis;
  Expr value;
};
Expr substitute(const Expr& expr, std::span<const Substitution> substitutions);

std::string to_string(const Computation& computation);

}  // namespace mycel::te
