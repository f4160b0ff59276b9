// Call rules that few operations need (overloads, promotion, numbers), set in their definitions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mycel/ir/op_def.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// A Python call whose arguments give the operation's name another meaning: max(a, b) of two
// tensors, where(condition).
struct CallOverload {
  std::vector<std::string> parameters;  // exactly these tensors, by position or name
  std::function<Tensors(const Tensors&)> value;
  bool is_tuple = false;  // returns a tuple of tensors instead of one tensor
};

// The relation between its two operands that an elementwise operation computes. Integers, and for
// kTruth all numbers, enter by their exact values, whatever their dtypes.
enum class Relation : uint8_t {
  kNone,
  kOrder,  // which is larger, or whether they are equal
  kTruth,  // which are nonzero
};

struct CallRules {
  std::vector<CallOverload> overloads;
  Relation relation = Relation::kNone;
  // Integers become floats by their exact values: a 0-d one is not wrapped to the others' dtype
  // first.
  bool integers_become_floats = false;
  // Arithmetic: beside 16-bit floats, numbers and 0-d floats stay float32 and are not rounded to
  // the others' dtype first, as the formula computes in float32.
  bool keeps_float32 = false;
  // The function that a call with further keywords means (alpha of add): one of the same parameters
  // and these keywords, whose signature is the public one.
  const ir::OpDef* with_keywords = nullptr;
  // Raises user errors for a number passed as an operand: (operand, number, the dtype it takes).
  std::function<void(size_t, const ir::Scalar&, DType)> check_number;
};

}  // namespace mycel
