// The scalar functions' names and operands.
#include "mycel/te/fn.h"

#include <iterator>

namespace mycel::te {
namespace {

using enum Operands;

// By Fn.
constexpr FnInfo kTable[] = {
    {"neg", 1, kNumeric},     {"abs", 1, kNumeric},        {"sign", 1, kNumeric},
    {"add", 2, kNumeric},     {"sub", 2, kNumeric},        {"mul", 2, kNumeric},
    {"div", 2, kFloating},    {"floordiv", 2, kNumeric},   {"rem", 2, kNumeric},
    {"pow", 2, kNumeric},     {"max", 2, kNumeric},        {"min", 2, kNumeric},
    {"exp", 1, kFloating},    {"log", 1, kFloating},       {"log1p", 1, kFloating},
    {"expm1", 1, kFloating},  {"sqrt", 1, kFloating},      {"rsqrt", 1, kFloating},
    {"tanh", 1, kFloating},   {"sigmoid", 1, kFloating},   {"erf", 1, kFloating},
    {"sin", 1, kFloating},    {"cos", 1, kFloating},       {"floor", 1, kFloating},
    {"ceil", 1, kFloating},   {"round", 1, kFloating},     {"trunc", 1, kFloating},
    {"isnan", 1, kFloating},  {"less", 2, kAny},           {"less_equal", 2, kAny},
    {"greater", 2, kAny},     {"greater_equal", 2, kAny},  {"equal", 2, kAny},
    {"not_equal", 2, kAny},   {"and", 2, kBool},           {"or", 2, kBool},
    {"not", 1, kBool},        {"bit_and", 2, kInteger},    {"bit_or", 2, kInteger},
    {"bit_xor", 2, kInteger}, {"shift_left", 2, kInteger}, {"shift_right", 2, kInteger},
    {"mul_high", 2, kUInt32}, {"bitcast", 1, kAny},        {"select", 3, kAny},
    {"cast", 1, kAny},
};
static_assert(std::size(kTable) == static_cast<size_t>(Fn::kCast) + 1);

}  // namespace

const FnInfo& info(Fn fn) { return kTable[static_cast<size_t>(fn)]; }
std::string_view name(Fn fn) { return info(fn).name; }
int arity(Fn fn) { return info(fn).arity; }

bool takes(Operands operands, DType dtype) {
  switch (operands) {
    case kAny:
      return true;
    case kNumeric:
      return dtype != DType::kBool;
    case kFloating:
      return is_floating(dtype);
    case kInteger:
      return is_integer(dtype);
    case kUInt32:
      return dtype == DType::kUInt32;
    case kBool:
      return dtype == DType::kBool;
  }
  return false;
}

bool gives_bool(Fn fn) { return fn >= Fn::kIsNan && fn <= Fn::kNot; }

}  // namespace mycel::te
