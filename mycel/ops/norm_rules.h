// Shared by batch and layer normalisation: moments, weight and bias, and the gradients.
#pragma once

#include "mycel/tensor/op_rules.h"

namespace mycel {

// Which dims of an input have common moments, and which a common weight and bias.
struct Normalization {
  Ints axes;      // the dims that are normalised over
  Ints repeated;  // the dims along which weight and bias are the same
  Dims affine;    // the shape in which weight and bias broadcast with the input
};

// The normalised input in its dtype, and the moments in its compute dtype, without reduced dims.
struct Normalized {
  Tensor output, mean, variance, rstd;
};
// (input - mean) * rstd * weight + bias with rstd = 1 / sqrt(variance + eps) and the biased
// variance; weight and bias may be undefined.
Normalized normalized(const Tensor& input, const Tensor& weight, const Tensor& bias,
                      const Normalization& how, double eps);

// x * weight + bias, where these are defined.
Tensor scaled_and_shifted(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          const Dims& affine);

// The gradients with respect to input, weight and bias: operands 0 to 2 of an operation whose
// results are the normalised input, ..., mean and rstd.
Tensors normalization_gradients(const Vjp& v, const Normalization& how, size_t mean_result);

}  // namespace mycel
