// Rounding to integers, in the dtype of the operand.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x, int64_t decimals = 0);
Tensor trunc(const Tensor& x);
Tensor frac(const Tensor& x);

void define_rounding();

}  // namespace mycel
