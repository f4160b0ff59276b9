// Converts a user's number to a constant in a formula.
#pragma once

#include "mycel/ir/attribute.h"
#include "mycel/te/functions.h"

namespace mycel {

// A constant of the dtype: floats are rounded, an integer dtype truncates.
inline te::Expr te_number(DType dtype, const ir::Scalar& value) {
  if (is_floating(dtype)) return te::constant(dtype, ir::to_double(value));
  if (dtype == DType::kBool) return te::constant(dtype, ir::to_double(value) != 0 ? 1 : 0);
  return te::constant(dtype, ir::to_int(value));
}
inline te::Expr te_int(int64_t value) { return te::constant(DType::kInt64, value); }
inline te::Expr te_zero(DType dtype) { return te_number(dtype, int64_t{0}); }

// Whether a number is not 0; NaN is true.
inline te::Expr te_truth(te::Expr x) {
  if (x->dtype == DType::kBool) return x;
  x = te::widen(std::move(x));
  te::Expr zero = te_zero(x->dtype);
  return te::is_not_equal(std::move(x), std::move(zero));
}

}  // namespace mycel
