#include "mycel/core/number_text.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace mycel {
namespace {

// Prints the bits of every NaN except the default one.
template <class Bits>
std::string nan_text(Bits bits, Bits plain) {
  return bits == plain ? "nan" : fmt::format("nan({:#x})", bits);
}

template <class Bits, class Float>
std::string float_text(Float value) {
  if (std::isnan(value)) {
    return nan_text(std::bit_cast<Bits>(value),
                    std::bit_cast<Bits>(std::numeric_limits<Float>::quiet_NaN()));
  }
  std::string text = fmt::format("{}", value);
  bool looks_integer = text.find_first_not_of("-0123456789") == text.npos;
  return looks_integer ? text + ".0" : text;
}

template <class Half>
std::string half_text(Half value) {
  float wide = float(value);
  return std::isnan(wide) ? nan_text(value.bits, Half(std::nanf("")).bits) : number_text(wide);
}

template <class T>
bool read_whole(std::string_view text, T& value, int base) {
  const char *begin = text.data(), *end = begin + text.size();
  auto [stop, error] = std::from_chars(begin, end, value, base);
  return error == std::errc() && stop == end;
}

// Parses a NaN given by its bits: "nan(0x7fc00001)".
template <class Bits>
bool read_nan_bits(std::string_view text, Bits& bits) {
  if (!text.starts_with("nan(0x") || !text.ends_with(")")) return false;
  return read_whole(text.substr(6, text.size() - 7), bits, 16);
}

template <class Bits, class Float>
bool read_float(std::string_view text, Float& value) {
  if (text == "nan") {
    value = std::numeric_limits<Float>::quiet_NaN();
    return true;
  }
  if (Bits bits; read_nan_bits(text, bits)) {
    value = std::bit_cast<Float>(bits);
    return value != value;
  }
  const char *begin = text.data(), *end = begin + text.size();
  auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stop == end;
}

template <class Half>
bool read_half(std::string_view text, Half& value) {
  if (read_nan_bits(text, value.bits)) return true;
  float wide = 0;
  bool read = read_number(text, wide);
  value = Half(wide);
  return read;
}

}  // namespace

std::string number_text(double value) { return float_text<uint64_t>(value); }
std::string number_text(float value) { return float_text<uint32_t>(value); }
std::string number_text(Float16 value) { return half_text(value); }
std::string number_text(BFloat16 value) { return half_text(value); }

bool read_number(std::string_view text, double& value) { return read_float<uint64_t>(text, value); }
bool read_number(std::string_view text, float& value) { return read_float<uint32_t>(text, value); }
bool read_number(std::string_view text, Float16& value) { return read_half(text, value); }
bool read_number(std::string_view text, BFloat16& value) { return read_half(text, value); }

}  // namespace mycel
