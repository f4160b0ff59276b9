// Two-dimensional pooling layers over (N, C, H, W) or (C, H, W).
#pragma once

#include <optional>

#include "mycel/nn/module.h"
#include "mycel/nn/sizes.h"

namespace mycel::nn {

struct MaxPool2dOptions {
  std::optional<Size2d> stride = {};  // without one, the kernel's size
  Size2d padding = 0;
  Size2d dilation = 1;
  bool ceil_mode = false;  // a last window may begin inside and end outside
};
// The maximum of each window.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(const Size2d& kernel, const MaxPool2dOptions& o = {})
      : window_{kernel, o.stride, o.padding, o.dilation, o.ceil_mode} {}
  Tensor operator()(const Tensor& x) const { return max_pool2d(x, window_); }

 private:
  mycel::MaxPool2d window_;
};

struct AvgPool2dOptions {
  std::optional<Size2d> stride = {};  // without one, the kernel's size
  Size2d padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;  // padding counts as zeros
};
// The mean of each window.
class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(const Size2d& kernel, const AvgPool2dOptions& o = {})
      : window_{kernel, o.stride, o.padding, o.ceil_mode, o.count_include_pad} {}
  Tensor operator()(const Tensor& x) const { return avg_pool2d(x, window_); }

 private:
  mycel::AvgPool2d window_;
};

}  // namespace mycel::nn
