// Shared by batch and layer normalisation: moments over some axes and the gradient.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Moments {
  Tensor mean, variance, rstd;  // with reduced dims kept
};
// The moments of x, which is in its compute dtype; rstd = 1 / sqrt(variance + eps), with the biased
// variance.
Moments moments(const Tensor& x, const Ints& axes, double eps);

// The gradient of y = (x - mean) * rstd with respect to x, given the cotangents of y, mean and rstd
// (undefined: zero); all with reduced dims kept.
Tensor normalized_gradient(const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Ints& axes, const Tensor& of_y, const Tensor& of_mean,
                           const Tensor& of_rstd);

}  // namespace mycel
