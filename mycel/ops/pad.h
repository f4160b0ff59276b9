// Padding: adds elements around a tensor.
#pragma once

#include <optional>
#include <string>

#include "mycel/tensor/tensor.h"

namespace mycel {

// The number of elements to add before and after each dim; negative numbers cut.
struct PadConstant {
  Ints before = {};
  Ints after = {};
  ir::Scalar value = 0.0;
};
// PyTorch's order: before and after the last dim, then before and after the one before it, ...
struct Pad {
  Ints pad = {};
  std::string mode = "constant";
  std::optional<ir::Scalar> value = {};
};

Tensor pad_constant(const Tensor& x, const PadConstant& options);
Tensor pad(const Tensor& x, const Pad& options);

void define_pad();

}  // namespace mycel
