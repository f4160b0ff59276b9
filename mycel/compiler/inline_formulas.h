// Builds the formula of an operation; inlines those of a fused group.
#pragma once

#include "mycel/ir/function.h"
#include "mycel/te/computation.h"

namespace mycel::compiler {

// Returns the formula of a primitive; for a `fusion`, inlines the formulas of the operations in its
// region into one computation over the fusion's operands.
te::Computation computation_of(const ir::Operation& op);

// Whether the operation can be computed by a formula.
bool has_formula(const ir::Operation& op);

}  // namespace mycel::compiler
