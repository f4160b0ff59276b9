// The scalar functions by name: te::exp(x), te::max(a, b).
#pragma once

#include <utility>

#include "mycel/te/expr.h"

namespace mycel::te {

#define MYCEL_TE_UNARY(name, fn) \
  inline Expr name(Expr x) { return call(fn, {std::move(x)}); }
#define MYCEL_TE_BINARY(name, fn) \
  inline Expr name(Expr a, Expr b) { return call(fn, {std::move(a), std::move(b)}); }

MYCEL_TE_UNARY(abs, Fn::kAbs)
MYCEL_TE_UNARY(sign, Fn::kSign)
MYCEL_TE_UNARY(exp, Fn::kExp)
MYCEL_TE_UNARY(exp2, Fn::kExp2)
MYCEL_TE_UNARY(log, Fn::kLog)
MYCEL_TE_UNARY(log2, Fn::kLog2)
MYCEL_TE_UNARY(log10, Fn::kLog10)
MYCEL_TE_UNARY(log1p, Fn::kLog1p)
MYCEL_TE_UNARY(expm1, Fn::kExpm1)
MYCEL_TE_UNARY(sqrt, Fn::kSqrt)
MYCEL_TE_UNARY(rsqrt, Fn::kRsqrt)
MYCEL_TE_UNARY(tanh, Fn::kTanh)
MYCEL_TE_UNARY(sigmoid, Fn::kSigmoid)
MYCEL_TE_UNARY(erf, Fn::kErf)
MYCEL_TE_UNARY(erfc, Fn::kErfc)
MYCEL_TE_UNARY(sin, Fn::kSin)
MYCEL_TE_UNARY(cos, Fn::kCos)
MYCEL_TE_UNARY(asin, Fn::kAsin)
MYCEL_TE_UNARY(acos, Fn::kAcos)
MYCEL_TE_UNARY(atan, Fn::kAtan)
MYCEL_TE_UNARY(floor, Fn::kFloor)
MYCEL_TE_UNARY(ceil, Fn::kCeil)
MYCEL_TE_UNARY(round, Fn::kRound)
MYCEL_TE_UNARY(trunc, Fn::kTrunc)
MYCEL_TE_UNARY(isnan, Fn::kIsNan)
MYCEL_TE_UNARY(logical_not, Fn::kNot)
MYCEL_TE_BINARY(floordiv, Fn::kFloorDiv)
MYCEL_TE_BINARY(rem, Fn::kRem)
MYCEL_TE_BINARY(pow, Fn::kPow)
MYCEL_TE_BINARY(atan2, Fn::kAtan2)
MYCEL_TE_BINARY(max, Fn::kMax)
MYCEL_TE_BINARY(min, Fn::kMin)
// `equal` compares expressions; these two build one.
MYCEL_TE_BINARY(is_equal, Fn::kEqual)
MYCEL_TE_BINARY(is_not_equal, Fn::kNotEqual)
MYCEL_TE_BINARY(logical_and, Fn::kAnd)
MYCEL_TE_BINARY(logical_or, Fn::kOr)
MYCEL_TE_BINARY(bit_and, Fn::kBitAnd)
MYCEL_TE_BINARY(bit_or, Fn::kBitOr)
MYCEL_TE_BINARY(bit_xor, Fn::kBitXor)
MYCEL_TE_BINARY(shift_left, Fn::kShiftLeft)
MYCEL_TE_BINARY(shift_right, Fn::kShiftRight)
MYCEL_TE_BINARY(mul_high, Fn::kMulHigh)
#undef MYCEL_TE_UNARY
#undef MYCEL_TE_BINARY

// 16-bit floats are computed in float32.
inline DType compute_dtype(DType dtype) { return is_half_width(dtype) ? DType::kFloat32 : dtype; }
inline Expr widen(Expr x) {
  DType dtype = compute_dtype(x->dtype);
  return cast(std::move(x), dtype);
}

}  // namespace mycel::te
