#include "mycel/nn/norm.h"

namespace mycel::nn {

BatchNorm2d::BatchNorm2d(int64_t channels, const BatchNorm2dOptions& options) : options_(options) {
  if (options.affine) {
    weight = add_parameter("weight", ones({channels}, options.dtype));
    bias = add_parameter("bias", zeros({channels}, options.dtype));
  }
  if (options.track_running_stats) {
    running_mean = add_buffer("running_mean", zeros({channels}, options.dtype));
    running_var = add_buffer("running_var", ones({channels}, options.dtype));
    num_batches_tracked = add_buffer("num_batches_tracked", zeros({}, DType::kInt64));
  }
}

Tensor BatchNorm2d::operator()(const Tensor& x) const {
  if (x.rank() != 4) {
    fail(Code::kValue, "[BatchNorm2d] expects input (N, C, H, W), got {}", ir::to_string(x.type()));
  }
  bool training = is_training();
  if (training && num_batches_tracked.defined()) {
    num_batches_tracked.assign(num_batches_tracked + int64_t{1});
  }
  return batch_norm(x, running_mean, running_var, weight, bias,
                    {.training = training || !options_.track_running_stats,
                     .momentum = options_.momentum,
                     .eps = options_.eps});
}

LayerNorm::LayerNorm(const Shape& normalized, const LayerNormOptions& options)
    : normalized_(to_dims(normalized)), eps_(options.eps) {
  if (!options.affine) return;
  weight = add_parameter("weight", ones(normalized_, options.dtype));
  if (options.bias) bias = add_parameter("bias", zeros(normalized_, options.dtype));
}

Tensor LayerNorm::operator()(const Tensor& x) const {
  return layer_norm(x, normalized_, weight, bias, eps_);
}

}  // namespace mycel::nn
