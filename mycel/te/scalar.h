// What every scalar function means, on C++ scalars: the contract between the interpreter, constant
// folding and generated code. NumPy's results, except where a comment says so.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "mycel/core/dtype.h"
#include "mycel/te/expr.h"

namespace mycel::te {

// Integer arithmetic wraps around: it is done on 64 unsigned bits and cut to the width.
template <class T>
uint64_t unsigned_of(T x) {
  return static_cast<uint64_t>(x);
}

template <class T>
T floor_divide(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    // npy_floor_divide: from the remainder, so that a == floor(a / b) * b + remainder(a, b).
    if (b == 0) return a / b;
    T rest = std::fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T(0), a / b);
    T floor = std::floor(quotient);
    return quotient - floor > T(0.5) ? floor + 1 : floor;
  } else {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == T(-1)) return static_cast<T>(0 - unsigned_of(a));
      T quotient = static_cast<T>(a / b);
      return a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(quotient - 1) : quotient;
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
T power(T base, T exponent) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::pow(base, exponent);
  } else {
    if constexpr (std::is_signed_v<T>) {
      // The front end raises for negative exponents; a value that slips through is the truncated
      // fraction.
      if (exponent < 0) {
        if (base == 1) return 1;
        if (base == T(-1)) return exponent % 2 ? T(-1) : T(1);
        return 0;
      }
    }
    uint64_t result = 1, square = unsigned_of(base);
    for (uint64_t e = unsigned_of(exponent); e; e >>= 1) {
      if (e & 1) result *= square;
      square *= square;
    }
    return static_cast<T>(result);
  }
}

template <class T>
T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a)) return a;
    if (std::isnan(b)) return b;
  }
  return a < b ? b : a;
}

template <class T>
T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a)) return a;
    if (std::isnan(b)) return b;
  }
  return b < a ? b : a;
}

template <class T>
T sign(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) return x;
  }
  if constexpr (std::is_signed_v<T>) {
    if (x < 0) return T(-1);
  }
  return T(x > T(0));
}

template <class T>
T sigmoid(T x) {
  // exp of a number that is not positive cannot overflow.
  T e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

// Float to integer as x86 does it: through a 64-bit conversion, which gives the smallest int64 for
// NaN and for what is out of range, then cut to the width.
template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr From kLimit = From(9223372036854775808.0);
    if constexpr (std::is_same_v<To, uint64_t>) {
      if (x >= kLimit && x < 2 * kLimit) return static_cast<uint64_t>(x);
    }
    bool fits = x >= -kLimit && x < kLimit;
    return static_cast<To>(fits ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min());
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace mycel::te
