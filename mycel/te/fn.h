// What is known of each scalar function.
#pragma once

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
const FnInfo& info(Fn fn);
bool takes(Operands operands, DType dtype);
// Whether the result is a bool whatever the operands are.
bool gives_bool(Fn fn);

}  // namespace mycel::te
