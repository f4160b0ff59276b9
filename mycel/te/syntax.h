// The words and operators of the text of formulas, for the printer and the parser (parser.h).
#pragma once

#include <optional>
#include <string_view>

#include "mycel/te/fn.h"

namespace mycel::te {

struct Infix {
  Fn fn;
  std::string_view text;
  int precedence;  // a higher one binds more tightly; equal ones group from the left
};
// No operator stands behind one that is its prefix.
inline constexpr Infix kInfixes[] = {
    {Fn::kOr, "||", 0},           {Fn::kAnd, "&&", 1},       {Fn::kEqual, "==", 2},
    {Fn::kNotEqual, "!=", 2},     {Fn::kLessEqual, "<=", 2}, {Fn::kLess, "<", 2},
    {Fn::kGreaterEqual, ">=", 2}, {Fn::kGreater, ">", 2},    {Fn::kAdd, "+", 3},
    {Fn::kSub, "-", 3},           {Fn::kMul, "*", 4},        {Fn::kDiv, "/", 4},
};
constexpr const Infix* find_infix(Fn fn) {
  for (const Infix& infix : kInfixes) {
    if (infix.fn == fn) return &infix;
  }
  return nullptr;
}

inline constexpr std::string_view kBitcastPrefix = "bits_as_";  // bits_as_u32(x)
inline constexpr std::string_view kExtentWord = "extent";       // extent(2*n + 1)
inline constexpr std::string_view kDataWord = "data";           // data(x): as_data(x)

// The function of a word such as "exp"; none for operators and conversions.
constexpr std::optional<Fn> find_function(std::string_view word) {
  for (size_t i = 0; i < kNumFns; ++i) {
    auto fn = static_cast<Fn>(i);
    bool is_word = !find_infix(fn) && fn != Fn::kCast && fn != Fn::kBitcast;
    if (is_word && info(fn).name == word) return fn;
  }
  return {};
}

constexpr std::optional<Reducer> find_reducer(std::string_view word) {
  for (size_t i = 0; i < std::size(kReducerNames); ++i) {
    if (kReducerNames[i] == word) return static_cast<Reducer>(i);
  }
  return {};
}

}  // namespace mycel::te
