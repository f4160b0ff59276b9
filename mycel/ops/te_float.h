// Formulas of the bits and special values of floats.
#pragma once

#include <limits>

#include "mycel/te/functions.h"

namespace mycel {

inline te::Expr te_infinity(DType dtype) {
  return te::constant(dtype, std::numeric_limits<double>::infinity());
}
inline te::Expr te_is_finite(const te::Expr& x) { return te::abs(x) < te_infinity(x->dtype); }
inline te::Expr te_is_infinite(const te::Expr& x) {
  return te::is_equal(te::abs(x), te_infinity(x->dtype));
}

// The unsigned integer as wide as a float.
inline DType te_bits_dtype(DType dtype) {
  int bits = info(dtype).bits;
  return bits == 64 ? DType::kUInt64 : bits == 32 ? DType::kUInt32 : DType::kUInt16;
}
// The bits of x that the upper bits of `mask` select.
inline te::Expr te_masked_bits(const te::Expr& x, uint64_t mask) {
  DType bits = te_bits_dtype(x->dtype);
  auto upper = static_cast<int64_t>(mask >> (64 - info(x->dtype).bits));
  return te::bit_and(te::bitcast(x, bits), te::constant(bits, upper));
}
inline constexpr uint64_t kSignMask = uint64_t{1} << 63;

// Whether x is below 0, or -0, or NaN with the sign bit.
inline te::Expr te_sign_bit(const te::Expr& x) {
  te::Expr bit = te_masked_bits(x, kSignMask);
  return te::is_not_equal(bit, te::constant(bit->dtype, 0));
}
// `size` with the sign bit of `sign`.
inline te::Expr te_copysign(const te::Expr& size, const te::Expr& sign) {
  te::Expr bits = te::bit_or(te_masked_bits(size, ~kSignMask), te_masked_bits(sign, kSignMask));
  return te::bitcast(bits, size->dtype);
}

}  // namespace mycel
