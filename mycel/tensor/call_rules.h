// Rules of how an operation is called, which few operations have; their definitions state them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mycel/ir/attribute.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// A call in Python that means something else than the operation, by the arguments that it gives:
// max(a, b) of two tensors, where(condition).
struct CallOverload {
  std::vector<std::string> parameters;  // tensors, by position or by name: these and no others
  std::function<Tensors(const Tensors&)> value;
  bool is_tuple = false;  // whether the result is a tuple of tensors, else one tensor
};

// What the result of an operation on two operands, element by element, says of them. Whole
// numbers, and for kTruth all, count as they are, whatever dtypes hold them.
enum class Relation : uint8_t {
  kNone,
  kOrder,  // which one is larger, or whether they are equal
  kTruth,  // which ones are not 0
};

struct CallRules {
  std::vector<CallOverload> overloads;
  Relation relation = Relation::kNone;
  // Integers become floats with their whole values: a 0-d one is not wrapped to the others' dtype.
  bool integers_become_floats = false;
  // Raises user errors for a number that is written as an operand: (operand, number, the dtype that
  // it takes).
  std::function<void(size_t, const ir::Scalar&, DType)> check_number;
};

}  // namespace mycel
