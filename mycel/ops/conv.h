// Two-dimensional convolution and its gradients.
//
// The three operations are closed under differentiation: the gradients of each are made of the
// other two.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// User-facing options: one number or two each, padding also "same" or "valid".
struct Conv2d {
  Ints stride = {1};
  ir::Padding padding = Ints{0};
  Ints dilation = {1};
  int64_t groups = 1;
};

// The form in the IR: padding is top, left, bottom, right.
struct ConvWindow {
  Ints stride = {1, 1};
  Ints padding = {0, 0, 0, 0};
  Ints dilation = {1, 1};
  int64_t groups = 1;
};
struct Conv2dForward : ConvWindow {};
struct Conv2dInputGradient : ConvWindow {
  Dims size = {0, 0};  // height and width of the convolution's input
};
struct Conv2dWeightGradient : ConvWindow {
  Dims kernel = {0, 0};  // height and width of the convolution's weight
};

// x (N, C, H, W) or (C, H, W), weight (out, C / groups, kh, kw), bias (out) or undefined.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2d& options = {});

Tensor conv2d_forward(const Tensor& x, const Tensor& weight, const Tensor& bias,
                      const ConvWindow& window);
// The gradient with respect to an input whose last dims are `size`.
Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight, const ConvWindow& window,
                             const Dims& size);
// The gradient with respect to a weight whose last dims are `kernel`.
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& grad, const ConvWindow& window,
                              const Dims& kernel);

void define_conv();
void define_conv_gradients();

}  // namespace mycel
