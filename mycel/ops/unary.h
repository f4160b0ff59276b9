// Elementwise functions. Those that need a float compute integers and bools in float32.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// Returns a copy with a buffer of its own.
Tensor clone(const Tensor& x);
Tensor neg(const Tensor& x);
Tensor abs(const Tensor& x);
Tensor sign(const Tensor& x);
Tensor square(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor exp2(const Tensor& x);
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor sigmoid(const Tensor& x);
// Limits x to [eps, 1 - eps] first if eps is given.
Tensor logit(const Tensor& x, std::optional<double> eps = {});
Tensor erf(const Tensor& x);
Tensor erfc(const Tensor& x);

void define_unary();

}  // namespace mycel
