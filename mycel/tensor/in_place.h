// Operations whose result takes the place of their first operand.
#pragma once

#include "mycel/tensor/apply.h"

namespace mycel {

// Runs an operation and writes its result to its first operand, in the operand's own memory where
// the compiler and other holders of it permit. False, and nothing is done, where that needs more
// than running it: under a trace, where a gradient is recorded, for a view, and where the result
// has another type than the operand.
bool apply_in_place(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes);

// Likewise of an operation whose kernel copies its first operand and then writes some elements
// (index_put): it leaves the copy out, so it costs the written elements. The operand may be a view.
bool scatter_in_place(const ir::OpDef& op, const Operands& inputs,
                      const ir::Attributes& attributes);

}  // namespace mycel
