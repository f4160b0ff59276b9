// Computation: the formulas of all results of an operation or a fused group.
#pragma once

#include <string>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

struct Input {
  DType dtype;
  Dims dims;
  friend bool operator==(const Input& a, const Input& b) {
    return a.dtype == b.dtype && a.dims == b.dims;
  }
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

// The values of the outputs.
std::vector<Expr> roots(const Computation& computation);

// By structure; the axes of one may stand for those of the other.
bool equal(const Computation& a, const Computation& b);
// Merges structurally equal subexpressions into one node, across all outputs.
void unify(Computation& computation);

// Copies a node with other operands.
Expr with_operands(const Node& node, std::vector<Expr> operands);
// Returns the value, marked as replacing a load (Node::from_data).
Expr as_data(const Expr& value);
// Renumbers the inputs of loads by `map`.
Expr renumber_inputs(const Expr& expr, std::span<const int> map);
// Replaces axes by index expressions (int64).
struct Substitution {
  Axis axis;
  Expr value;
};
Expr substitute(const Expr& expr, std::span<const Substitution> substitutions);

// "(a: f32[m, k], b: f32[k, n]) -> f32[i < m, j < n] = sum(l < k){a[i, l] * b[l, j]}", with shared
// subexpressions first and several results on lines of their own. parser.h has the grammar.
std::string to_string(const Computation& computation);

}  // namespace mycel::te
