// Runs operations in place: the result replaces the first operand.
#pragma once

#include "mycel/tensor/apply.h"

namespace mycel {

// Runs an operation and writes its result to its first operand, in the operand's own memory if the
// compiler and other holders of that memory permit. Returns false and does nothing if that needs
// more than running it: under a trace, if a gradient is recorded, for a view, and if the result's
// type differs from the operand's.
bool apply_in_place(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes);

// The same for an operation whose kernel copies its first operand and then writes some elements
// (index_put). Omits the copy, so that the cost is that of the written elements. The operand may be
// a view.
bool scatter_in_place(const ir::OpDef& op, const Operands& inputs,
                      const ir::Attributes& attributes);

}  // namespace mycel
