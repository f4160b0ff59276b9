// where and clip: choose between values.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// `a` where the condition holds, else `b`.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
// Limits values to [low, high]; an undefined bound does not apply.
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high);

void define_select();

}  // namespace mycel
