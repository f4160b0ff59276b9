// Two-dimensional convolution.
#pragma once

#include "mycel/nn/module.h"
#include "mycel/nn/sizes.h"

namespace mycel::nn {

struct Conv2dOptions {
  Size2d stride = 1;
  Padding padding = 0;
  Size2d dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  DType dtype = kDefaultFloat;
};

// Maps (N, in, H, W) or (in, H, W) to `out` channels: `Conv2d(1, 6, 5, {.padding = {2, 2}})`.
// Parameters: weight (out, in / groups, kernel...), bias (out). Raises ValueError for channels that
// the groups do not divide.
class Conv2d : public Module {
 public:
  Conv2d(int64_t in, int64_t out, const Size2d& kernel, const Conv2dOptions& options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight, bias;  // the bias may be undefined

 private:
  mycel::Conv2d window_;
};

}  // namespace mycel::nn
