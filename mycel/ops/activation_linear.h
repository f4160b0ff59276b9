// Activation functions of straight pieces.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// x above 0; below, x times a slope: a number, or one for each channel (dim 1).
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
Tensor prelu(const Tensor& x, const Tensor& weight);
// x limited to [low, high], to [0, 6].
Tensor hardtanh(const Tensor& x, double low = -1, double high = 1);
Tensor relu6(const Tensor& x);
// relu6(x + 3) / 6, and x times that.
Tensor hardsigmoid(const Tensor& x);
Tensor hardswish(const Tensor& x);
// x moved towards 0 by lambd, or kept where |x| > lambd; 0 elsewhere.
Tensor softshrink(const Tensor& x, double lambd = 0.5);
Tensor hardshrink(const Tensor& x, double lambd = 0.5);
// x above the threshold, `value` elsewhere.
Tensor threshold(const Tensor& x, double threshold, double value);

void define_activation_linear();

}  // namespace mycel
