#include "mycel/core/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "mycel/core/narrow.h"

namespace mycel {
namespace {

// The bits of the NaN that prints without them.
template <class Bits, class Float>
Bits plain_nan() {
  if constexpr (is_half_v<Float>) {
    return Float(std::nanf("")).bits;
  } else {
    return std::bit_cast<Bits>(std::numeric_limits<Float>::quiet_NaN());
  }
}

template <class Bits, class Float>
std::string nan_text(Float value) {
  Bits bits = std::bit_cast<Bits>(value);
  return bits == plain_nan<Bits, Float>() ? "nan" : fmt::format("nan({:#x})", bits);
}

template <class Bits, class Float>
std::string float_text(Float value) {
  if (std::isnan(value)) return nan_text<Bits>(value);
  std::string text = fmt::format("{}", value);
  bool looks_integer = text.find_first_not_of("-0123456789") == text.npos;
  return looks_integer ? text + ".0" : text;
}

template <class Half>
std::string half_text(Half value) {
  auto wide = static_cast<float>(value);
  return std::isnan(wide) ? nan_text<uint16_t>(value) : number_text(wide);
}

bool skip_digits(std::string_view& text) {
  size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count > 0;
}

bool skip_any(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text[0]) == characters.npos) return false;
  text.remove_prefix(1);
  return true;
}

// The exponent of a decimal number, at most about 2^62.
int64_t exponent_of(std::string_view text) {
  skip_any(text, "+");
  int64_t value = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr int64_t kLimit = int64_t{1} << 62;
  if (error == std::errc()) return std::clamp(value, -kLimit, kLimit);
  return text.starts_with('-') ? -kLimit : kLimit;
}

// Whether a decimal number out of a float's range is too small for it, not too large.
bool is_tiny(std::string_view text) {
  size_t mantissa = std::min(text.find_first_of("eE"), text.size());
  std::string_view digits = text.substr(0, mantissa);
  int64_t exponent = mantissa < text.size() ? exponent_of(text.substr(mantissa + 1)) : 0;
  auto point = static_cast<int64_t>(std::min(digits.find('.'), digits.size()));
  auto first = static_cast<int64_t>(digits.find_first_of("123456789"));
  return exponent + point - first < 0;
}

// Reads "nan" or "nan(0x7fc00001)"; false if the bits are those of another number.
template <class Bits, class Float>
bool read_nan(std::string_view text, Float& value) {
  Bits bits = plain_nan<Bits, Float>();
  if (text != "nan") {
    if (!text.starts_with("nan(0x") || !text.ends_with(")")) return false;
    const char *begin = text.data() + 6, *end = text.data() + text.size() - 1;
    auto [stop, error] = std::from_chars(begin, end, bits, 16);
    if (error != std::errc() || stop != end) return false;
  }
  value = std::bit_cast<Float>(bits);
  return std::isnan(static_cast<ComputeType<Float>>(value));
}

template <class Bits, class Float>
bool read_float(std::string_view text, Float& value) {
  if (text.starts_with("nan")) return read_nan<Bits>(text, value);
  if (text != "inf" && text != "-inf" && !is_decimal(text)) return false;
  auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  if (error != std::errc::result_out_of_range) return error == std::errc();
  value = text.starts_with('-') ? Float(-0.0) : Float(0);
  return is_tiny(text);
}

template <class Half>
bool read_half(std::string_view text, Half& value) {
  if (text.starts_with("nan")) return read_nan<uint16_t>(text, value);
  double wide = 0;
  if (!read_number(text, wide)) return false;
  value = convert_number<Half>(wide);
  return std::isinf(wide) || !std::isinf(static_cast<float>(value));
}

}  // namespace

bool is_decimal(std::string_view text) {
  skip_any(text, "-");
  bool extra_zero = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
  if (extra_zero || !skip_digits(text)) return false;
  if (skip_any(text, ".") && !skip_digits(text)) return false;
  if (skip_any(text, "eE")) {
    skip_any(text, "+-");
    if (!skip_digits(text)) return false;
  }
  return text.empty();
}

std::string number_text(double value) { return float_text<uint64_t>(value); }
std::string number_text(float value) { return float_text<uint32_t>(value); }
std::string number_text(Float16 value) { return half_text(value); }
std::string number_text(BFloat16 value) { return half_text(value); }

bool read_number(std::string_view text, double& value) { return read_float<uint64_t>(text, value); }
bool read_number(std::string_view text, float& value) { return read_float<uint32_t>(text, value); }
bool read_number(std::string_view text, Float16& value) { return read_half(text, value); }
bool read_number(std::string_view text, BFloat16& value) { return read_half(text, value); }

}  // namespace mycel
