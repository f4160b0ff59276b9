// Elementwise functions of two floats: lengths, steps, products and sums of logarithms.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

Tensor hypot(const Tensor& a, const Tensor& b);
// 0 below 0, 1 above, `values` at 0.
Tensor heaviside(const Tensor& x, const Tensor& values);
// x * log(y), 0 where x is 0.
Tensor xlogy(const Tensor& x, const Tensor& y);
// log(exp(a) + exp(b)), and the same with base 2.
Tensor logaddexp(const Tensor& a, const Tensor& b);
Tensor logaddexp2(const Tensor& a, const Tensor& b);

void define_binary_float();

}  // namespace mycel
