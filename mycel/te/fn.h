// What is known of each scalar function.
#pragma once

#include <iterator>
#include <string_view>

#include "mycel/te/expr.h"

namespace mycel::te {

// The dtypes that a function's operands may have; 16-bit floats count as floats.
enum class Operands : uint8_t { kAny, kNumeric, kFloating, kInteger, kUInt32, kBool };

struct FnInfo {
  std::string_view name;
  int arity;
  Operands operands;
};

// By Fn.
inline constexpr FnInfo kFnInfo[] = {
    {"neg", 1, Operands::kNumeric},        {"abs", 1, Operands::kNumeric},
    {"sign", 1, Operands::kNumeric},       {"add", 2, Operands::kNumeric},
    {"sub", 2, Operands::kNumeric},        {"mul", 2, Operands::kNumeric},
    {"div", 2, Operands::kFloating},       {"floordiv", 2, Operands::kNumeric},
    {"rem", 2, Operands::kNumeric},        {"pow", 2, Operands::kNumeric},
    {"max", 2, Operands::kNumeric},        {"min", 2, Operands::kNumeric},
    {"exp", 1, Operands::kFloating},       {"log", 1, Operands::kFloating},
    {"log1p", 1, Operands::kFloating},     {"expm1", 1, Operands::kFloating},
    {"sqrt", 1, Operands::kFloating},      {"rsqrt", 1, Operands::kFloating},
    {"tanh", 1, Operands::kFloating},      {"sigmoid", 1, Operands::kFloating},
    {"erf", 1, Operands::kFloating},       {"sin", 1, Operands::kFloating},
    {"cos", 1, Operands::kFloating},       {"floor", 1, Operands::kFloating},
    {"ceil", 1, Operands::kFloating},      {"round", 1, Operands::kFloating},
    {"trunc", 1, Operands::kFloating},     {"isnan", 1, Operands::kFloating},
    {"less", 2, Operands::kAny},           {"less_equal", 2, Operands::kAny},
    {"greater", 2, Operands::kAny},        {"greater_equal", 2, Operands::kAny},
    {"equal", 2, Operands::kAny},          {"not_equal", 2, Operands::kAny},
    {"and", 2, Operands::kBool},           {"or", 2, Operands::kBool},
    {"not", 1, Operands::kBool},           {"bit_and", 2, Operands::kInteger},
    {"bit_or", 2, Operands::kInteger},     {"bit_xor", 2, Operands::kInteger},
    {"shift_left", 2, Operands::kInteger}, {"shift_right", 2, Operands::kInteger},
    {"mul_high", 2, Operands::kUInt32},    {"bitcast", 1, Operands::kAny},
    {"select", 3, Operands::kAny},         {"cast", 1, Operands::kAny},
};
inline constexpr size_t kNumFns = std::size(kFnInfo);
static_assert(kNumFns == static_cast<size_t>(Fn::kCast) + 1);

constexpr const FnInfo& info(Fn fn) { return kFnInfo[static_cast<size_t>(fn)]; }

constexpr bool takes(Operands operands, DType dtype) {
  switch (operands) {
    case Operands::kAny:
      return true;
    case Operands::kNumeric:
      return dtype != DType::kBool;
    case Operands::kFloating:
      return dtype >= DType::kFloat16;
    case Operands::kInteger:
      return dtype > DType::kBool && dtype < DType::kFloat16;
    case Operands::kUInt32:
      return dtype == DType::kUInt32;
    case Operands::kBool:
      return dtype == DType::kBool;
  }
  return false;
}

// Whether the result is a bool whatever the operands are.
constexpr bool gives_bool(Fn fn) { return fn >= Fn::kIsNan && fn <= Fn::kNot; }
// Whether bits are moved or chosen, not computed with: defined for every dtype as it is.
constexpr bool moves_bits(Fn fn) {
  return fn == Fn::kSelect || fn == Fn::kBitcast || fn == Fn::kCast;
}

}  // namespace mycel::te
