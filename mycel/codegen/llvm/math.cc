// Elementary functions on float32 lanes.
//
// Argument reduction as in Cody and Waite, "Software Manual for the Elementary Functions" (1980).
// The polynomials are Chebyshev interpolants of the functions named in their comments.
#include "mycel/codegen/llvm/math.h"

#include <cmath>
#include <initializer_list>

namespace mycel::codegen::math {
namespace {

using llvm::Value;

constexpr float kLog2E = 1.44269504f;
// ln 2 in two parts; the first has so few bits that its products with exponents are exact.
constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;

Value* real(LaneBuilder&, Value* like, double value) {
  return LaneBuilder::real(like->getType(), value);
}
Value* bits(LaneBuilder& c, Value* x) { return c.CreateBitCast(x, c.integer_like(x->getType())); }
Value* number(LaneBuilder& c, Value* bits) {
  return c.CreateBitCast(bits, LaneBuilder::shaped(c.getFloatTy(), bits));
}

// coefficients[0] * x^(n-1) + ... + coefficients[n-1]
Value* polynomial(LaneBuilder& c, Value* x, std::initializer_list<double> coefficients) {
  Value* sum = nullptr;
  for (double k : coefficients) {
    sum = sum ? c.multiply_add(sum, x, real(c, x, k)) : real(c, x, k);
  }
  return sum;
}

// Clamps x between two numbers; NaN stays NaN.
Value* clamp(LaneBuilder& c, Value* x, double low, double high) {
  Value *l = real(c, x, low), *h = real(c, x, high);
  x = c.CreateSelect(c.CreateFCmpOGT(x, h), h, x);
  return c.CreateSelect(c.CreateFCmpOLT(x, l), l, x);
}

struct Reduced {
  Value* exponent;  // integers
  Value* rest;      // x - exponent * ln 2, in [-ln 2 / 2, ln 2 / 2]
};

Reduced reduce(LaneBuilder& c, Value* x) {
  // Adding 1.5 * 2^23 leaves the rounded number in the low bits, without a conversion, which NaN
  // does not allow.
  Value* magic = real(c, x, 12582912.0f);
  Value* shifted = c.multiply_add(x, real(c, x, kLog2E), magic);
  Value* n = c.CreateFSub(shifted, magic);
  Value* rest = c.multiply_add(n, real(c, x, -kLn2High), x);
  rest = c.multiply_add(n, real(c, x, -kLn2Low), rest);
  return {c.CreateSub(bits(c, shifted), bits(c, magic)), rest};
}

// 2^n for n in [-126, 127].
Value* power_of_two(LaneBuilder& c, Value* n) {
  Value* biased = c.CreateAdd(n, LaneBuilder::integer(n->getType(), 127));
  return number(c, c.CreateShl(biased, LaneBuilder::integer(n->getType(), 23)));
}

// exp(r) - 1 near 0: r + r^2 * ((exp(r) - 1 - r) / r^2)
Value* expm1_near_zero(LaneBuilder& c, Value* r) {
  Value* p =
      polynomial(c, r, {0.0013926926614, 0.00836377387441, 0.0416665501103, 0.166665733819, 0.5});
  return c.multiply_add(c.CreateFMul(r, r), p, r);
}

// log(1 + f) - f + f^2 / 2, over f^3
Value* log1p_tail(LaneBuilder& c, Value* f) {
  return polynomial(
      c, f,
      {0.0697161147145, -0.114797338466, 0.116854199235, -0.124256873315, 0.142490576457,
       -0.166678023195, 0.200007157489, -0.24999996958, 0.3333333118});
}

// log(x) where x is not finite and positive.
Value* log_of_special(LaneBuilder& c, Value* x) {
  Value* zero = real(c, x, 0);
  Value* other = c.CreateSelect(c.CreateFCmpOLT(x, zero), real(c, x, std::nan("")), x);
  return c.CreateSelect(c.CreateFCmpOEQ(x, zero), real(c, x, -INFINITY), other);
}

}  // namespace

Value* exp(LaneBuilder& c, Value* x) {
  Reduced r = reduce(c, clamp(c, x, -105, 89));
  Value* p = c.CreateFAdd(expm1_near_zero(c, r.rest), real(c, x, 1));
  // In two steps: the result may be subnormal.
  Value* half = c.CreateAShr(r.exponent, LaneBuilder::integer(r.exponent->getType(), 1));
  p = c.CreateFMul(p, power_of_two(c, half));
  return c.CreateFMul(p, power_of_two(c, c.CreateSub(r.exponent, half)));
}

Value* expm1(LaneBuilder& c, Value* x) {
  Reduced r = reduce(c, clamp(c, x, -30, 89));
  Value* q = expm1_near_zero(c, r.rest);
  // 2 * (s * q + (s - 1/2)) with s = 2^(n - 1), which is finite for all n.
  Value* one = LaneBuilder::integer(r.exponent->getType(), 1);
  Value* s = power_of_two(c, c.CreateSub(r.exponent, one));
  Value* half = c.multiply_add(s, q, c.CreateFSub(s, real(c, x, 0.5)));
  Value* tiny = c.CreateFCmpOLT(c.absolute(x), real(c, x, 0x1p-25));  // keeps the sign of zero
  return c.CreateSelect(tiny, x, c.CreateFAdd(half, half));
}

Value* log(LaneBuilder& c, Value* x) {
  Value* subnormal = c.CreateFCmpOLT(x, real(c, x, 0x1p-126));
  Value* scaled = c.CreateSelect(subnormal, c.CreateFMul(x, real(c, x, 0x1p23)), x);
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2))
  llvm::Type* ints = c.integer_like(x->getType());
  Value* e = c.CreateAShr(c.CreateSub(bits(c, scaled), LaneBuilder::integer(ints, 0x3f3504f3)),
                          LaneBuilder::integer(ints, 23));
  Value* m =
      number(c, c.CreateSub(bits(c, scaled), c.CreateShl(e, LaneBuilder::integer(ints, 23))));
  e = c.CreateSub(
      e, c.CreateSelect(subnormal, LaneBuilder::integer(ints, 23), LaneBuilder::integer(ints, 0)));
  Value* n = c.CreateSIToFP(e, x->getType());
  Value* f = c.CreateFSub(m, real(c, x, 1));
  Value* square = c.CreateFMul(f, f);
  Value* rest = c.CreateFMul(c.CreateFMul(square, f), log1p_tail(c, f));
  rest = c.multiply_add(n, real(c, x, kLn2Low), rest);
  rest = c.multiply_add(square, real(c, x, -0.5), rest);
  Value* result = c.multiply_add(n, real(c, x, kLn2High), c.CreateFAdd(f, rest));
  Value* usual =
      c.CreateAnd(c.CreateFCmpOGT(x, real(c, x, 0)), c.CreateFCmpOLT(x, real(c, x, INFINITY)));
  return c.CreateSelect(usual, result, log_of_special(c, x));
}

Value* tanh(LaneBuilder& c, Value* x) {
  Value* t = c.absolute(x);
  // x + x^3 * ((tanh(x) / x - 1) / x^2) up to 0.6
  Value* square = c.CreateFMul(x, x);
  Value* p = polynomial(
      c, square,
      {-0.00626911971965, 0.0211109590495, -0.0538739488486, 0.13332915367, -0.333333303327});
  Value* small = c.multiply_add(c.CreateFMul(square, x), p, x);
  // 1 - 2 / (exp(2t) + 1) beyond; from 10 on that is 1
  Value* u = clamp(c, t, 0, 10);
  Reduced r = reduce(c, c.CreateFAdd(u, u));
  Value *one = real(c, x, 1), *s = power_of_two(c, r.exponent);
  Value* sum = c.multiply_add(s, expm1_near_zero(c, r.rest), c.CreateFAdd(s, one));
  Value* large = c.CreateFSub(one, c.CreateFDiv(real(c, x, 2), sum));
  return c.CreateSelect(c.CreateFCmpOGT(t, real(c, x, 0.6)), c.copy_sign(large, x), small);
}

Value* erf(LaneBuilder& c, Value* x) {
  Value* t = c.absolute(x);
  Value* square = c.CreateFMul(x, x);
  // x + x * (erf(x) / x - 1) up to 0.9277
  Value* p = polynomial(c, square,
                        {-0.000597772713039, 0.00499093401794, -0.0267653610403, 0.112817911339,
                         -0.376124924871, 0.128379149621});
  Value* small = c.multiply_add(x, p, x);
  // 1 - exp(-(t + t * q(t))), t + t * q(t) = -log(1 - erf(t)), beyond
  Value* u = clamp(c, t, 0, 4);
  Value* q = polynomial(c, u,
                        {1.67277550566e-5, -0.000375284420611, 0.00384123385387, -0.0241418705714,
                         0.106619923863, 0.634960096672, 0.128684730283});
  Value* large = c.CreateFSub(real(c, x, 1), exp(c, c.CreateFNeg(c.multiply_add(u, q, u))));
  return c.CreateSelect(c.CreateFCmpOGT(t, real(c, x, 0.9277)), c.copy_sign(large, x), small);
}

Value* sigmoid(LaneBuilder& c, Value* x) {
  // 1 / (1 + exp(-x)), with exp(-x) = 2^n * (1 + q); for large n scaled by 2^-64, as it would
  // overflow where the result is subnormal.
  Reduced r = reduce(c, clamp(c, c.CreateFNeg(x), -30, 105));
  llvm::Type* ints = r.exponent->getType();
  Value* large = c.CreateICmpSGT(r.exponent, LaneBuilder::integer(ints, 100));
  Value* drop =
      c.CreateSelect(large, LaneBuilder::integer(ints, 64), LaneBuilder::integer(ints, 0));
  Value* s = power_of_two(c, c.CreateSub(r.exponent, drop));
  Value *one = real(c, x, 1), *q = expm1_near_zero(c, r.rest);
  // 2^n + 1 is exact up to n = 23; beyond, the 1 is added to the smaller part.
  Value* sum = c.multiply_add(s, q, c.CreateFAdd(s, one));
  Value* far = c.CreateICmpSGT(r.exponent, LaneBuilder::integer(ints, 23));
  sum = c.CreateSelect(far, c.CreateFAdd(s, c.multiply_add(s, q, one)), sum);
  Value* inverse = c.CreateFDiv(one, sum);
  return c.CreateFMul(inverse, c.CreateSelect(large, real(c, x, 0x1p-64), one));
}

}  // namespace mycel::codegen::math
