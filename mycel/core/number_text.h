// The text of numbers, which parses back to the same bits.
//
//   number := ["-"] digits ["." digits] [("e" | "E") ["+" | "-"] digits] | ["-"] "inf"
//           | "nan" ["(0x" bits ")"] | "true" | "false"
//
// No zero stands before another digit of the integer part.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

#include "mycel/core/float16.h"

namespace mycel {

// The shortest text that parses to the same bits and never looks like an integer: "1.0", "1e-05",
// "-inf", "nan", "nan(0x7ff8000000000001)".
std::string number_text(double value);
std::string number_text(float value);
std::string number_text(Float16 value);
std::string number_text(BFloat16 value);
template <class T>
  requires std::is_integral_v<T>
std::string number_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else {
    return std::to_string(value);
  }
}

// Whether the text is a number of decimal digits.
bool is_decimal(std::string_view text);

// Reads the whole of `text`; false if it is no number of the type. Floats are rounded to nearest:
// one that is too small becomes a subnormal number or 0, one that is too large is none of the type.
bool read_number(std::string_view text, double& value);
bool read_number(std::string_view text, float& value);
bool read_number(std::string_view text, Float16& value);
bool read_number(std::string_view text, BFloat16& value);
template <class T>
  requires std::is_integral_v<T>
bool read_number(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return value || text == "false";
  } else {
    if (!is_decimal(text)) return false;
    const char *begin = text.data(), *end = begin + text.size();
    auto [stop, error] = std::from_chars(begin, end, value);
    return error == std::errc() && stop == end;
  }
}

}  // namespace mycel
