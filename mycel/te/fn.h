// The properties of the scalar functions: name, arity, operand dtypes, exactness. The names of the
// reductions.
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
  // Whether every machine gives the same bits for floats: kernels use their own approximations of
  // the other functions. All functions are exact on integers and bools.
  bool exact;
};

// Indexed by Fn.
inline constexpr FnInfo kFnInfo[] = {
    {"neg", 1, Operands::kNumeric, true},        {"abs", 1, Operands::kNumeric, true},
    {"sign", 1, Operands::kNumeric, true},       {"add", 2, Operands::kNumeric, true},
    {"sub", 2, Operands::kNumeric, true},        {"mul", 2, Operands::kNumeric, true},
    {"div", 2, Operands::kFloating, true},       {"floordiv", 2, Operands::kNumeric, true},
    {"rem", 2, Operands::kNumeric, true},        {"pow", 2, Operands::kNumeric, false},
    {"max", 2, Operands::kNumeric, true},        {"min", 2, Operands::kNumeric, true},
    {"exp", 1, Operands::kFloating, false},      {"exp2", 1, Operands::kFloating, false},
    {"log", 1, Operands::kFloating, false},      {"log2", 1, Operands::kFloating, false},
    {"log10", 1, Operands::kFloating, false},    {"log1p", 1, Operands::kFloating, false},
    {"expm1", 1, Operands::kFloating, false},    {"sqrt", 1, Operands::kFloating, true},
    {"rsqrt", 1, Operands::kFloating, false},    {"tanh", 1, Operands::kFloating, false},
    {"sigmoid", 1, Operands::kFloating, false},  {"erf", 1, Operands::kFloating, false},
    {"erfc", 1, Operands::kFloating, false},     {"sin", 1, Operands::kFloating, false},
    {"cos", 1, Operands::kFloating, false},      {"asin", 1, Operands::kFloating, false},
    {"acos", 1, Operands::kFloating, false},     {"atan", 1, Operands::kFloating, false},
    {"atan2", 2, Operands::kFloating, false},    {"floor", 1, Operands::kFloating, true},
    {"ceil", 1, Operands::kFloating, true},      {"round", 1, Operands::kFloating, true},
    {"trunc", 1, Operands::kFloating, true},     {"isnan", 1, Operands::kFloating, true},
    {"less", 2, Operands::kAny, true},           {"less_equal", 2, Operands::kAny, true},
    {"greater", 2, Operands::kAny, true},        {"greater_equal", 2, Operands::kAny, true},
    {"equal", 2, Operands::kAny, true},          {"not_equal", 2, Operands::kAny, true},
    {"and", 2, Operands::kBool, true},           {"or", 2, Operands::kBool, true},
    {"not", 1, Operands::kBool, true},           {"bit_and", 2, Operands::kInteger, true},
    {"bit_or", 2, Operands::kInteger, true},     {"bit_xor", 2, Operands::kInteger, true},
    {"shift_left", 2, Operands::kInteger, true}, {"shift_right", 2, Operands::kInteger, true},
    {"mul_high", 2, Operands::kUInt32, true},    {"bitcast", 1, Operands::kAny, true},
    {"select", 3, Operands::kAny, true},         {"cast", 1, Operands::kAny, true},
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

// Whether the result is a bool for all operands.
constexpr bool gives_bool(Fn fn) { return fn >= Fn::kIsNan && fn <= Fn::kNot; }
// Whether the function moves or selects bits instead of computing: defined for every dtype as is.
constexpr bool moves_bits(Fn fn) {
  return fn == Fn::kSelect || fn == Fn::kBitcast || fn == Fn::kCast;
}

// Indexed by Reducer.
inline constexpr std::string_view kReducerNames[] = {"sum", "product", "max",    "min",
                                                     "and", "or",      "argmax", "argmin"};
constexpr std::string_view name(Reducer reducer) {
  return kReducerNames[static_cast<size_t>(reducer)];
}

}  // namespace mycel::te
