// Choosing between values.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// `a` where the condition holds, else `b`.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
// Values below `low` become it, those above `high` that one; an undefined bound is none.
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high);

void define_select();

}  // namespace mycel
