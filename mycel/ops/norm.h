// Batch and layer normalisation by mean and variance.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

struct BatchNorm {
  bool training = false;
  double momentum = 0.1;
  double eps = 1e-5;
};

// Normalises per channel (dim 1). In training, uses the batch's statistics and moves running_mean
// and running_var towards them; otherwise uses the running ones. Weight, bias and, in training, the
// running statistics may be undefined.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight = {}, const Tensor& bias = {},
                  const BatchNorm& options = {});
// Normalises over the trailing dims, which have the shape `normalized`.
Tensor layer_norm(const Tensor& x, const Dims& normalized, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

void define_batch_norm();
void define_layer_norm();

}  // namespace mycel
