// Lets messages hold types, shapes and extents: call.fail(Code::kValue, "expects ..., got {}", x).
#pragma once

#include <fmt/format.h>

#include <string>

#include "mycel/ir/type.h"

namespace mycel {

inline std::string text_of(Dim dim) { return dim.to_string(); }
inline std::string text_of(const Dims& dims) { return to_string(dims); }
inline std::string text_of(const Ints& values) { return to_string(values); }
inline std::string text_of(const ir::Type& type) { return ir::to_string(type); }

template <class T>
struct TextFormatter : fmt::formatter<std::string> {
  auto format(const T& value, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(text_of(value), context);
  }
};

}  // namespace mycel

template <>
struct fmt::formatter<mycel::Dim> : mycel::TextFormatter<mycel::Dim> {};
template <>
struct fmt::formatter<mycel::Dims> : mycel::TextFormatter<mycel::Dims> {};
template <>
struct fmt::formatter<mycel::Ints> : mycel::TextFormatter<mycel::Ints> {};
template <>
struct fmt::formatter<mycel::ir::Type> : mycel::TextFormatter<mycel::ir::Type> {};
