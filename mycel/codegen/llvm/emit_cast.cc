// Emits casts, and conversions of the two 16-bit floats.
#include "mycel/codegen/llvm/functions.h"

namespace mycel::codegen {
namespace {

using llvm::Value;

Value* float_to_bfloat16(LaneBuilder& c, Value* x) {
  llvm::Type* wide = LaneBuilder::shaped(c.getInt32Ty(), x);
  llvm::Type* narrow = LaneBuilder::shaped(c.getInt16Ty(), x);
  Value* u = c.CreateBitCast(x, wide);
  Value* upper = c.CreateLShr(u, LaneBuilder::integer(wide, 16));
  Value* odd = c.CreateAnd(upper, LaneBuilder::integer(wide, 1));
  Value* rounded = c.CreateAdd(c.CreateAdd(u, LaneBuilder::integer(wide, 0x7fff)), odd);
  rounded = c.CreateLShr(rounded, LaneBuilder::integer(wide, 16));
  Value* quiet = c.CreateOr(upper, LaneBuilder::integer(wide, 0x40));
  return c.CreateTrunc(c.CreateSelect(c.is_nan(x), quiet, rounded), narrow);
}

// For machines without conversion instructions; as Float16 in core/float16.h.
Value* float_to_float16_bits(LaneBuilder& c, Value* x) {
  llvm::Type* wide = LaneBuilder::shaped(c.getInt32Ty(), x);
  auto number = [&](int64_t value) { return LaneBuilder::integer(wide, value); };
  Value* u = c.CreateBitCast(x, wide);
  Value* sign = c.CreateAnd(c.CreateLShr(u, number(16)), number(0x8000));
  u = c.CreateAnd(u, number(0x7fffffff));
  Value* payload = c.CreateAnd(c.CreateLShr(u, number(13)), number(0x3ff));
  Value* nan = c.CreateOr(number(0x7e00), payload);
  Value* scaled =
      c.CreateFAdd(c.CreateBitCast(u, x->getType()), LaneBuilder::real(x->getType(), 0.5));
  Value* small = c.CreateSub(c.CreateBitCast(scaled, wide), number(0x3f000000));
  Value* odd = c.CreateAnd(c.CreateLShr(u, number(13)), number(1));
  Value* normal = c.CreateAdd(c.CreateAdd(c.CreateSub(u, number(0x38000000)), number(0xfff)), odd);
  normal = c.CreateLShr(normal, number(13));
  Value* bits = c.CreateSelect(c.CreateICmpULT(u, number(0x38800000)), small, normal);
  bits = c.CreateSelect(c.CreateICmpUGE(u, number(0x477ff000)), number(0x7c00), bits);
  bits = c.CreateSelect(c.CreateICmpUGT(u, number(0x7f800000)), nan, bits);
  return c.CreateTrunc(c.CreateOr(sign, bits), LaneBuilder::shaped(c.getInt16Ty(), x));
}

Value* float16_bits_to_float(LaneBuilder& c, Value* bits) {
  llvm::Type* wide = LaneBuilder::shaped(c.getInt32Ty(), bits);
  llvm::Type* real = LaneBuilder::shaped(c.getFloatTy(), bits);
  auto number = [&](int64_t value) { return LaneBuilder::integer(wide, value); };
  Value* u = c.CreateZExt(bits, wide);
  Value* sign = c.CreateShl(c.CreateAnd(u, number(0x8000)), number(16));
  Value* magnitude = c.CreateAnd(u, number(0x7fff));
  Value* shifted = c.CreateShl(magnitude, number(13));
  Value* special = c.CreateOr(shifted, number(0x7f800000));
  Value* normal = c.CreateAdd(shifted, number(0x38000000));
  Value* small = c.CreateFMul(c.CreateUIToFP(magnitude, real), LaneBuilder::real(real, 0x1p-24));
  Value* out = c.CreateSelect(c.CreateICmpUGE(magnitude, number(0x400)), normal,
                              c.CreateBitCast(small, wide));
  out = c.CreateSelect(c.CreateICmpUGE(magnitude, number(0x7c00)), special, out);
  return c.CreateBitCast(c.CreateOr(out, sign), real);
}

// NaN and values outside of int64 give the least int64.
Value* float_to_int64(LaneBuilder& c, Value* x) {
  llvm::Type* type = LaneBuilder::shaped(c.getInt64Ty(), x);
  Value* fits = c.CreateAnd(c.CreateFCmpOGE(x, LaneBuilder::real(x->getType(), -0x1p63)),
                            c.CreateFCmpOLT(x, LaneBuilder::real(x->getType(), 0x1p63)));
  Value* safe = c.CreateSelect(fits, x, LaneBuilder::real(x->getType(), 0));
  return c.CreateSelect(fits, c.CreateFPToSI(safe, type), LaneBuilder::integer(type, INT64_MIN));
}

Value* float_to_integer(LaneBuilder& c, Value* x, DType to) {
  Value* low = float_to_int64(c, x);
  if (to != DType::kUInt64) {
    return c.CreateTrunc(low, LaneBuilder::shaped(c.scalar_type(to), x));
  }
  // [2^63, 2^64) is exact too.
  llvm::Type* type = low->getType();
  Value* above = c.CreateFSub(x, LaneBuilder::real(x->getType(), 0x1p63));
  Value* fits = c.CreateAnd(c.CreateFCmpOGE(x, LaneBuilder::real(x->getType(), 0x1p63)),
                            c.CreateFCmpOLT(x, LaneBuilder::real(x->getType(), 0x1p64)));
  Value* high = c.CreateXor(float_to_int64(c, above), LaneBuilder::integer(type, INT64_MIN));
  return c.CreateSelect(fits, high, low);
}

Value* to_bool(LaneBuilder& c, Value* x, DType from) {
  if (is_floating(from)) return c.CreateFCmpUNE(x, LaneBuilder::real(x->getType(), 0));
  return c.CreateICmpNE(x, LaneBuilder::integer(x->getType(), 0));
}

Value* to_float(LaneBuilder& c, Value* x, DType from, DType to) {
  llvm::Type* type = LaneBuilder::shaped(c.scalar_type(to), x);
  if (is_floating(from)) return c.CreateFPCast(x, type);
  if (from == DType::kBool) x = c.CreateZExt(x, LaneBuilder::shaped(c.getInt32Ty(), x));
  if (from == DType::kBool || is_signed_integer(from)) return c.CreateSIToFP(x, type);
  return c.CreateUIToFP(x, type);
}

// narrow_to_odd of core/narrow.h, for float64.
Value* narrow_to_odd(LaneBuilder& c, Value* x) {
  llvm::Type* ints = LaneBuilder::shaped(c.getInt32Ty(), x);
  Value* near = c.CreateFPTrunc(x, LaneBuilder::shaped(c.getFloatTy(), x));
  Value* back = c.CreateFPExt(near, x->getType());
  Value* bits = c.CreateBitCast(near, ints);
  Value *zero = LaneBuilder::integer(ints, 0), *one = LaneBuilder::integer(ints, 1);
  Value* even = c.CreateICmpEQ(c.CreateAnd(bits, one), zero);
  Value* away = c.CreateFCmpOGT(c.absolute(back), c.absolute(x));
  Value* odd = c.CreateAdd(bits, c.CreateSelect(away, LaneBuilder::integer(ints, -1), one));
  Value* moves = c.CreateAnd(c.CreateFCmpONE(back, x), even);
  return c.CreateBitCast(c.CreateSelect(moves, odd, bits), near->getType());
}

// narrow_integer_to_odd of core/narrow.h, with an integer result.
Value* with_sticky_bit(LaneBuilder& c, Value* x, bool is_signed) {
  llvm::Type* type = x->getType();
  Value *limit = LaneBuilder::integer(type, int64_t{1} << 40),
        *bits = LaneBuilder::integer(type, 16);
  Value* low = c.CreateAnd(x, LaneBuilder::integer(type, 0xffff));
  Value* lost = c.CreateZExt(c.CreateICmpNE(low, LaneBuilder::integer(type, 0)), type);
  Value* high = is_signed ? c.CreateAShr(x, bits) : c.CreateLShr(x, bits);
  Value* sticky = c.CreateShl(c.CreateOr(high, lost), bits);
  Value* offset = is_signed ? c.CreateAdd(x, limit) : x;
  Value* bound = LaneBuilder::integer(type, int64_t{1} << (is_signed ? 41 : 40));
  return c.CreateSelect(c.CreateICmpULT(offset, bound), x, sticky);
}

// A float32 that rounds to the 16-bit float `to` as x does.
Value* float_for_half(LaneBuilder& c, Value* x, DType from, DType to) {
  if (from == DType::kFloat64) return narrow_to_odd(c, x);
  // Integers that float32 rounds are infinite as float16.
  bool exact = is_floating(from) || to == DType::kFloat16 || info(from).bits < 32;
  if (exact) return emit_cast(c, x, from, DType::kFloat32);
  if (info(from).bits == 64) x = with_sticky_bit(c, x, is_signed_integer(from));
  return narrow_to_odd(c, to_float(c, x, from, DType::kFloat64));
}

}  // namespace

Value* widen_half(LaneBuilder& c, Value* bits, DType dtype) {
  if (dtype == DType::kBFloat16) {
    llvm::Type* wide = LaneBuilder::shaped(c.getInt32Ty(), bits);
    Value* u = c.CreateShl(c.CreateZExt(bits, wide), LaneBuilder::integer(wide, 16));
    return c.CreateBitCast(u, LaneBuilder::shaped(c.getFloatTy(), bits));
  }
  if (!c.target_cpu().f16c) return float16_bits_to_float(c, bits);
  Value* half = c.CreateBitCast(bits, LaneBuilder::shaped(c.getHalfTy(), bits));
  return c.CreateFPExt(half, LaneBuilder::shaped(c.getFloatTy(), bits));
}

Value* narrow_half(LaneBuilder& c, Value* x, DType dtype) {
  if (dtype == DType::kBFloat16) return float_to_bfloat16(c, x);
  if (!c.target_cpu().f16c) return float_to_float16_bits(c, x);
  Value* half = c.CreateFPTrunc(x, LaneBuilder::shaped(c.getHalfTy(), x));
  return c.CreateBitCast(half, LaneBuilder::shaped(c.getInt16Ty(), x));
}

Value* emit_cast(LaneBuilder& c, Value* x, DType from, DType to) {
  if (from == to) return x;
  if (is_half_width(from)) return emit_cast(c, widen_half(c, x, from), DType::kFloat32, to);
  if (is_half_width(to)) return narrow_half(c, float_for_half(c, x, from, to), to);
  if (to == DType::kBool) return to_bool(c, x, from);
  if (is_floating(to)) return to_float(c, x, from, to);
  if (is_floating(from)) return float_to_integer(c, x, to);
  llvm::Type* type = LaneBuilder::shaped(c.scalar_type(to), x);
  return is_signed_integer(from) ? c.CreateSExtOrTrunc(x, type) : c.CreateZExtOrTrunc(x, type);
}

Value* from_memory(LaneBuilder& c, Value* x, DType dtype) {
  return dtype == DType::kBool ? to_bool(c, x, DType::kUInt8) : x;
}

Value* to_memory(LaneBuilder& c, Value* x, DType dtype) {
  return dtype == DType::kBool ? c.CreateZExt(x, LaneBuilder::shaped(c.getInt8Ty(), x)) : x;
}

}  // namespace mycel::codegen
