// The scalar functions in C++, by the rules of expr.h: for the interpreter, constant folding and
// tests of generated code.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "mycel/core/narrow.h"
#include "mycel/te/fn.h"

namespace mycel::te {

// Integer arithmetic wraps: it is done in uint64_t and cut to the width.
template <class T>
constexpr uint64_t bits_of(T x) {
  return static_cast<uint64_t>(x);
}
template <class T>
constexpr auto wrapping(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return x;
  } else {
    return bits_of(x);
  }
}

// As npy_floor_divide: from the remainder, so that a == floor_divide(a, b) * b + remainder(a, b).
template <class T>
T floor_divide(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (b == 0) return a / b;
    T rest = std::fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T(0), a / b);
    T floor = std::floor(quotient);
    return quotient - floor > T(0.5) ? floor + 1 : floor;
  } else {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == T(-1)) return static_cast<T>(0 - bits_of(a));
      bool down = a % b != 0 && (a < 0) != (b < 0);
      return static_cast<T>(a / b - down);
    } else {
      return static_cast<T>(a / b);
    }
  }
}

template <class T>
T remainder(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    T rest = std::fmod(a, b);
    if (b == 0) return rest;
    if (rest == 0) return std::copysign(T(0), b);
    return (b < 0) != (rest < 0) ? rest + b : rest;
  } else {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == T(-1)) return 0;
      T rest = static_cast<T>(a % b);
      return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
    } else {
      return static_cast<T>(a % b);
    }
  }
}

template <class T>
T integer_power(T base, T exponent) {
  if constexpr (std::is_signed_v<T>) {
    if (exponent < 0) {
      if (base == T(-1)) return exponent % 2 ? T(-1) : T(1);
      return T(base == 1);
    }
  }
  uint64_t result = 1, square = bits_of(base);
  for (uint64_t e = bits_of(exponent); e; e >>= 1) {
    if (e & 1) result *= square;
    square *= square;
  }
  return static_cast<T>(result);
}

// Squares and reciprocals are rounded once, as products and quotients are.
template <class T>
T power(T base, T exponent) {
  if (exponent == 2) return base * base;
  if (exponent == -1) return 1 / base;
  return static_cast<T>(std::pow(double{base}, double{exponent}));
}

// kMax and kMin; NaN if either operand is. With `&` and `|` the loop over lanes has no branches.
template <class T>
T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return ((a > b) | (a != a)) ? a : b;
  return a > b ? a : b;
}
template <class T>
T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return ((a < b) | (a != a)) ? a : b;
  return a < b ? a : b;
}

template <class T>
T sign(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return x;
  }
  if constexpr (std::is_signed_v<T> || std::is_floating_point_v<T>) {
    if (x < 0) return T(-1);
  }
  return T(x > T(0));
}

template <class T>
T shift_left(T a, T b) {
  return bits_of(b) < 8 * sizeof(T) ? static_cast<T>(bits_of(a) << b) : T(0);
}
template <class T>
T shift_right(T a, T b) {
  if (bits_of(b) < 8 * sizeof(T)) return static_cast<T>(a >> b);
  return a < T(0) ? static_cast<T>(~T(0)) : T(0);
}

// float32 functions are computed in float64 and rounded once, within 0.501 ulp.
inline double real(Fn fn, double x) {
  switch (fn) {
    case Fn::kExp:
      return std::exp(x);
    case Fn::kExp2:
      return std::exp2(x);
    case Fn::kLog:
      return std::log(x);
    case Fn::kLog2:
      return std::log2(x);
    case Fn::kLog10:
      return std::log10(x);
    case Fn::kLog1p:
      return std::log1p(x);
    case Fn::kExpm1:
      return std::expm1(x);
    case Fn::kSqrt:
      return std::sqrt(x);
    case Fn::kRsqrt:
      return 1 / std::sqrt(x);
    case Fn::kTanh:
      return std::tanh(x);
    case Fn::kErf:
      return std::erf(x);
    case Fn::kErfc:
      return std::erfc(x);
    case Fn::kSin:
      return std::sin(x);
    case Fn::kCos:
      return std::cos(x);
    case Fn::kAsin:
      return std::asin(x);
    case Fn::kAcos:
      return std::acos(x);
    case Fn::kAtan:
      return std::atan(x);
    default: {  // kSigmoid: exp of a non-positive number cannot overflow
      double e = std::exp(-std::abs(x));
      return x < 0 ? e / (1 + e) : 1 / (1 + e);
    }
  }
}

template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr From kLimit = From(0x1p63);
    if constexpr (std::is_same_v<To, uint64_t>) {
      if (x >= kLimit && x < 2 * kLimit) return static_cast<uint64_t>(x);
    }
    bool fits = x >= -kLimit && x < kLimit;
    return static_cast<To>(fits ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min());
  } else {
    return convert_number<To>(x);
  }
}

// A function of one operand. T is not a 16-bit float.
template <Fn F, class T>
auto evaluate(T x) {
  if constexpr (F == Fn::kNot) {
    return !x;
  } else if constexpr (F == Fn::kSign) {
    return sign(x);
  } else if constexpr (F == Fn::kNeg) {
    if constexpr (std::is_floating_point_v<T>)
      return -x;
    else
      return static_cast<T>(0 - bits_of(x));
  } else if constexpr (F == Fn::kAbs) {
    if constexpr (std::is_floating_point_v<T>)
      return std::abs(x);
    else
      return x < T(0) ? static_cast<T>(0 - bits_of(x)) : x;
  } else if constexpr (F == Fn::kIsNan) {
    return x != x;
  } else if constexpr (F == Fn::kFloor) {
    return std::floor(x);
  } else if constexpr (F == Fn::kCeil) {
    return std::ceil(x);
  } else if constexpr (F == Fn::kRound) {
    return std::nearbyint(x);
  } else if constexpr (F == Fn::kTrunc) {
    return std::trunc(x);
  } else {
    return static_cast<T>(real(F, x));
  }
}

// A function of two operands.
template <Fn F, class T>
auto evaluate(T a, T b) {
  constexpr bool kFloat = std::is_floating_point_v<T>;
  auto x = wrapping(a), y = wrapping(b);
  if constexpr (F == Fn::kAdd)
    return static_cast<T>(x + y);
  else if constexpr (F == Fn::kSub)
    return static_cast<T>(x - y);
  else if constexpr (F == Fn::kMul)
    return static_cast<T>(x * y);
  else if constexpr (F == Fn::kDiv)
    return a / b;
  else if constexpr (F == Fn::kFloorDiv)
    return floor_divide(a, b);
  else if constexpr (F == Fn::kRem)
    return remainder(a, b);
  else if constexpr (F == Fn::kPow) {
    if constexpr (kFloat)
      return power(a, b);
    else
      return integer_power(a, b);
  } else if constexpr (F == Fn::kAtan2)
    return static_cast<T>(std::atan2(double{a}, double{b}));
  else if constexpr (F == Fn::kMax)
    return maximum(a, b);
  else if constexpr (F == Fn::kMin)
    return minimum(a, b);
  else if constexpr (F == Fn::kLess)
    return a < b;
  else if constexpr (F == Fn::kLessEqual)
    return a <= b;
  else if constexpr (F == Fn::kGreater)
    return a > b;
  else if constexpr (F == Fn::kGreaterEqual)
    return a >= b;
  else if constexpr (F == Fn::kEqual)
    return a == b;
  else if constexpr (F == Fn::kNotEqual)
    return a != b;
  else if constexpr (F == Fn::kAnd)
    return static_cast<bool>(a & b);
  else if constexpr (F == Fn::kOr)
    return static_cast<bool>(a | b);
  else if constexpr (F == Fn::kBitAnd)
    return static_cast<T>(a & b);
  else if constexpr (F == Fn::kBitOr)
    return static_cast<T>(a | b);
  else if constexpr (F == Fn::kBitXor)
    return static_cast<T>(a ^ b);
  else if constexpr (F == Fn::kShiftLeft)
    return shift_left(a, b);
  else if constexpr (F == Fn::kShiftRight)
    return shift_right(a, b);
  else
    return static_cast<T>((x * y) >> 32);  // kMulHigh, of uint32
}

}  // namespace mycel::te
