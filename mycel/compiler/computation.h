// The formula of a whole operation, or of a fused group.
#pragma once

#include <vector>

#include "mycel/ir/function.h"
#include "mycel/te/computation.h"

namespace mycel::compiler {

// For a primitive its own formula; for a `fusion` the formulas of the operations in its region,
// inlined into one computation over the fusion's operands.
te::Computation computation_of(const ir::Operation& op);

// Whether the operation can be computed by a formula.
bool has_formula(const ir::Operation& op);

// (input, output) pairs that may share memory: the output's element depends on the input only at
// the same indices.
struct Pair {
  uint32_t input;
  uint32_t output;
};
std::vector<Pair> in_place_pairs(const te::Computation& computation);

}  // namespace mycel::compiler
