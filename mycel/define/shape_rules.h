// Inference that many operations share.
#pragma once

#include "mycel/ir/op_def.h"
#include "mycel/te/formula.h"

namespace mycel {

// A formula whose inputs are the call's operands (absent ones keep their index).
te::Formula start_formula(const ir::Call& call);

// Raises ValueError for a negative extent.
void check_extents(const ir::Call& call, const Dims& dims);

// Raises ValueError unless the two operands have one shape.
void check_one_shape(const ir::Call& call, size_t a, size_t b);

// The shape that NumPy broadcasting gives; raises ValueError naming both shapes.
Dims broadcast_dims(const Dims& a, const Dims& b, const ir::Call& call);
// Of all operands.
Dims broadcast_dims(const ir::Call& call);
// The broadcast shape in the operands' common dtype (they are promoted already).
ir::Type broadcast_type(const ir::Call& call);

}  // namespace mycel
