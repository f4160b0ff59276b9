#include "mycel/nn/conv.h"

#include "mycel/nn/init.h"

namespace mycel::nn {
namespace {

Dims weight_shape(int64_t in, int64_t out, const Size2d& kernel, int64_t groups) {
  if (groups < 1 || in % groups != 0 || out % groups != 0) {
    fail(Code::kValue, "[Conv2d] expects groups that divide the channels, got {} for {} and {}",
         groups, in, out);
  }
  if (kernel.empty() || kernel.size() > 2) {
    fail(Code::kValue, "[Conv2d] expects a kernel of one number or two, got {}", to_string(kernel));
  }
  return {out, in / groups, kernel[0], kernel[kernel.size() - 1]};
}

}  // namespace

Conv2d::Conv2d(int64_t in, int64_t out, const Size2d& kernel, const Conv2dOptions& options)
    : window_{options.stride, options.padding, options.dilation, options.groups} {
  Dims shape = weight_shape(in, out, kernel, options.groups);
  int64_t fan_in = num_elements(to_shape({shape[1], shape[2], shape[3]}));
  weight = add_parameter("weight", uniform_by_fan_in(shape, fan_in, options.dtype));
  if (options.bias) bias = add_parameter("bias", uniform_by_fan_in({out}, fan_in, options.dtype));
}

Tensor Conv2d::operator()(const Tensor& x) const { return conv2d(x, weight, bias, window_); }

}  // namespace mycel::nn
