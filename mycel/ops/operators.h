// C++ operators on tensors and numbers.
//
// Numbers are weak: they take the tensor's dtype unless their kind is higher (bool < integer <
// float). Beside 16-bit floats they stay float32.
#pragma once

#include "mycel/ops/binary.h"
#include "mycel/ops/compare.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/number_operand.h"
#include "mycel/ops/rounding.h"
#include "mycel/ops/unary.h"

namespace mycel {

inline Tensor operator-(const Tensor& x) { return neg(x); }

#define MYCEL_TENSOR_OPERATOR(op, function)                                              \
  inline Tensor operator op(const Tensor& a, const Tensor& b) { return function(a, b); } \
  inline Tensor operator op(const Tensor& a, const ir::Scalar& b) {                      \
    static const ir::OpDef& def = *ir::Registry::get().find(#function);                  \
    return apply_to_number(def, a, b, 1);                                                \
  }                                                                                      \
  inline Tensor operator op(const ir::Scalar& a, const Tensor& b) {                      \
    static const ir::OpDef& def = *ir::Registry::get().find(#function);                  \
    return apply_to_number(def, b, a, 0);                                                \
  }
MYCEL_TENSOR_OPERATOR(+, add)
MYCEL_TENSOR_OPERATOR(-, subtract)
MYCEL_TENSOR_OPERATOR(*, multiply)
MYCEL_TENSOR_OPERATOR(/, divide)
MYCEL_TENSOR_OPERATOR(<, less)
MYCEL_TENSOR_OPERATOR(<=, less_equal)
MYCEL_TENSOR_OPERATOR(>, greater)
MYCEL_TENSOR_OPERATOR(>=, greater_equal)
MYCEL_TENSOR_OPERATOR(==, equal)
MYCEL_TENSOR_OPERATOR(!=, not_equal)
#undef MYCEL_TENSOR_OPERATOR

}  // namespace mycel
