// 16-bit floats as storage: arithmetic is done in float32.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace mycel {

// IEEE 754 binary16. Conversions round to nearest even.
struct Float16 {
  uint16_t bits = 0;
  Float16() = default;
  explicit Float16(float value);
  explicit operator float() const;
};

// The upper half of a float32. Conversions round to nearest even; NaN stays NaN.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) {
    uint32_t u = std::bit_cast<uint32_t>(value);
    bits = std::isnan(value) ? static_cast<uint16_t>((u >> 16) | 0x40)
                             : static_cast<uint16_t>((u + 0x7fff + ((u >> 16) & 1)) >> 16);
  }
  explicit operator float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
};

inline Float16::Float16(float value) {
  uint32_t u = std::bit_cast<uint32_t>(value);
  uint32_t sign = (u >> 16) & 0x8000;
  u &= 0x7fffffff;
  if (u > 0x7f800000) {  // NaN keeps the top of its payload
    bits = static_cast<uint16_t>(sign | 0x7e00 | ((u >> 13) & 0x3ff));
  } else if (u >= 0x477ff000) {  // rounds to more than 65504
    bits = static_cast<uint16_t>(sign | 0x7c00);
  } else if (u < 0x38800000) {  // subnormal or zero: the addition rounds to a multiple of 2^-24
    float scaled = std::bit_cast<float>(u) + 0.5f;
    bits = static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(scaled) - 0x3f000000));
  } else {
    bits = static_cast<uint16_t>(sign | ((u - 0x38000000 + 0xfff + ((u >> 13) & 1)) >> 13));
  }
}

inline Float16::operator float() const {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) {
    return std::bit_cast<float>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
  }
  if (magnitude >= 0x400) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
  float value = static_cast<float>(magnitude) * 0x1p-24f;
  return sign ? -value : value;
}

template <class T>
inline constexpr bool is_half_v = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;
// The type in which scalars of T are computed.
template <class T>
using ComputeType = std::conditional_t<is_half_v<T>, float, T>;

}  // namespace mycel
