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

// `consumer` with its input `input` replaced by the formula of `producer.outputs[output]`: loads of
// it become that formula at the loaded indices. `input_map[k]` is the number that the producer's
// input k has in the result. A predicated load becomes select(predicate, value, 0) with the
// predicate added to every load of the producer.
Expr inline_output(const Expr& consumer, int input, const Output& producer,
                   std::span<const int> input_map);
// The node with other operands.
Expr with_operands(const Node& node, std::vector<Expr> operands);
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
