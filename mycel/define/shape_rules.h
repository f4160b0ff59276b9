// Inference and axis rules that many operations share.
#pragma once

#include "mycel/ir/op_def.h"
#include "mycel/te/formula.h"

namespace mycel {

// A formula whose inputs are the call's operands (absent ones keep their index).
te::Formula start_formula(const ir::Call& call);

// The shape that NumPy broadcasting gives; raises ValueError naming both shapes.
Dims broadcast_dims(const Dims& a, const Dims& b, const ir::Call& call);
// Of all operands.
Dims broadcast_dims(const ir::Call& call);
// The broadcast shape in the operands' common dtype (they are promoted already).
ir::Type broadcast_type(const ir::Call& call);

// Every dim is parallel, operands are aligned at the right; a dim of extent 1 that is repeated is
// not part of the axis.
ir::AxisRule broadcast_axes(const ir::Call& call, size_t num_results = 1);
// Operand 0's dims: those in `whole` must not be split, the others are parallel; every result has
// the same dims.
ir::AxisRule same_dims_axes(const ir::Call& call, const Ints& whole, size_t num_results = 1);
// An einsum-like line: "... m k, ... k n -> ... m n". Labels missing on the right are reduced by a
// sum; "..." broadcasts; "1" is a dim without an axis.
ir::AxisRule einsum_axes(std::string_view line, const ir::Call& call, const ir::Types& results);

}  // namespace mycel
