// add, subtract and divide of calls with keywords: alpha, rounding_mode.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

enum class Rounding : uint8_t { kTrunc, kFloor };

// a + alpha * b, and a - alpha * b.
Tensor add_scaled(const Tensor& a, const Tensor& b, const ir::Scalar& alpha);
Tensor subtract_scaled(const Tensor& a, const Tensor& b, const ir::Scalar& alpha);
// a / b rounded, in the operands' common dtype.
Tensor divide_rounded(const Tensor& a, const Tensor& b, Rounding rounding);

// Follows define_binary.
void define_binary_keywords();

}  // namespace mycel
