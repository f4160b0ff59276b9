// Two-dimensional pooling.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// User-facing options: one number or two each; the stride defaults to the kernel's size.
struct MaxPool2d {
  Ints kernel_size = {2};
  std::optional<Ints> stride = {};
  Ints padding = {0};
  Ints dilation = {1};
  bool ceil_mode = false;
  bool return_indices = false;
};
struct AvgPool2d {
  Ints kernel_size = {2};
  std::optional<Ints> stride = {};
  Ints padding = {0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override = {};
};

// x is (N, C, H, W) or (C, H, W).
Tensor max_pool2d(const Tensor& x, const MaxPool2d& options);
// Also returns the position of each maximum in its plane, as row * W + column.
Tensors max_pool2d_with_indices(const Tensor& x, const MaxPool2d& options);
Tensor avg_pool2d(const Tensor& x, const AvgPool2d& options);

void define_max_pool();
void define_avg_pool();

}  // namespace mycel
