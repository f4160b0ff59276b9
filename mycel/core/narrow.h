// Conversions to 16-bit floats that round once.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "mycel/core/float16.h"

namespace mycel {

// Returns a float32 that rounds to the same 16-bit float as `value`: exact values stay, others go
// to the neighbour whose last bit is set ("rounding to odd"), so that no new tie appears.
inline float narrow_to_odd(double value) {
  float near = static_cast<float>(value);
  uint32_t bits = std::bit_cast<uint32_t>(near);
  bool exact = !(near < value || near > value);
  if (exact || (bits & 1)) return near;
  return std::bit_cast<float>(std::fabs(static_cast<double>(near)) > std::fabs(value) ? bits - 1
                                                                                      : bits + 1);
}
// Beyond 2^40 the low bits become one sticky bit, so that the double is exact.
template <class T>
double narrow_integer_to_odd(T value) {
  constexpr T kExact = T(int64_t{1} << 40);
  if (value < kExact && (std::is_unsigned_v<T> || value > T(0) - kExact)) {
    return static_cast<double>(value);
  }
  T sticky = T((value >> 16) | T((value & 0xffff) != 0));
  return static_cast<double>(sticky) * 0x1p16;
}
template <class T>
float narrow_to_odd(T value) {
  if constexpr (std::is_same_v<T, float> || sizeof(T) < 4) {
    return static_cast<float>(value);
  } else if constexpr (sizeof(T) < 8) {
    return narrow_to_odd(static_cast<double>(value));
  } else {
    return narrow_to_odd(narrow_integer_to_odd(value));
  }
}

// Converts a number to `To`, rounding once, to nearest even. Float16(float(x)) would round twice.
template <class To, class From>
To convert_number(From value) {
  if constexpr (is_half_v<From>) {
    return convert_number<To>(static_cast<float>(value));
  } else if constexpr (is_half_v<To>) {
    return To(narrow_to_odd(value));
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace mycel
