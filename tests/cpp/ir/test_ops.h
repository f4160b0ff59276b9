// Operations for these tests only.
#pragma once

#include "mycel/ir/function.h"

namespace mycel::ir {

enum class Colour { kRed, kGreen };

struct EveryKind {
  bool flag = false;
  int64_t number = 7;
  double real = 0.5;
  std::string text = "mean";
  Colour colour = Colour::kRed;
  DType dtype = DType::kFloat32;
  Ints ints = {1, 2};
  Dims dims;
  Scalar scalar = int64_t{0};
  Padding padding = "same";
  std::optional<int64_t> maybe;
};

struct ConstantOf {
  NDArray value = NDArray::scalar(0.0f);
};

// Adds t_add (two tensors of one type), t_less (of them, bool), t_constant, t_split (two results),
// t_every (one of each kind of attribute; its second operand may be absent), t_join (any number).
void define_test_ops();

const OpDef& op_named(std::string_view name);
Type f32(Dims dims);

}  // namespace mycel::ir
