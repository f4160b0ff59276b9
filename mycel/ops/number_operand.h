// Converts numbers to a dtype: as operands next to tensors, or as the value of elements.
#pragma once

#include <string>
#include <string_view>

#include "mycel/ir/attribute.h"
#include "mycel/ir/op_def.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// Raises ValueError "[op] expects a number that uint8 holds, got 300".
void check_holds(std::string_view op, DType dtype, const ir::Scalar& value);

std::string number_text(const ir::Scalar& value);

// A number passed as an operand of `op`, which takes `dtype` there. If the dtype does not hold the
// number, an operation with `integers_become_floats` (tensor/call_rules.h) takes it as a float, and
// one with a `relation` (a comparison) as plus or minus infinity. All others raise ValueError. So
// does the power of an integer to a negative number.
struct TypedNumber {
  ir::Scalar value;
  DType dtype;
};
TypedNumber typed_number(const ir::OpDef& op, size_t operand, const ir::Scalar& value, DType dtype);

// An operation on a tensor and a number, which stands for `operand`, 0 or 1.
Tensor apply_to_number(const ir::OpDef& op, const Tensor& x, const ir::Scalar& value,
                       size_t operand);

}  // namespace mycel
