// Matrix products: matmul and linear.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Multiplies stacks of matrices; a 1-d tensor counts as a row on the left and as a column on the
// right.
Tensor matmul(const Tensor& a, const Tensor& b);
// x @ weight.T + bias, weight of shape (out, in); the bias may be undefined.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

void define_matmul();

}  // namespace mycel
