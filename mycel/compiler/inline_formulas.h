// The formula of a whole operation, or of a fused group.
#pragma once

#include "mycel/ir/function.h"
#include "mycel/te/computation.h"

namespace mycel::compiler {

// For a primitive its own formula; for a `fusion` the formulas of the operations in its region,
// inlined into one computation over the fusion's operands.
te::Computation computation_of(const ir::Operation& op);

// Whether the operation can be computed by a formula.
bool has_formula(const ir::Operation& op);

}  // namespace mycel::compiler
