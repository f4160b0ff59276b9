// Elementwise functions of three tensors, and their compositions.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// start + weight * (end - start)
Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight);
// x + value * a * b, and x + value * a / b.
Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const ir::Scalar& value = 1.0);
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const ir::Scalar& value = 1.0);
// x with `value` where the mask holds, in the dtype of x.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);

void define_ternary();

}  // namespace mycel
