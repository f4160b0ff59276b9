// Normalisation layers.
#pragma once

#include "mycel/nn/module.h"

namespace mycel::nn {

struct BatchNorm2dOptions {
  double eps = 1e-5;
  double momentum = 0.1;  // the weight of a batch's statistics in the running ones
  bool affine = true;     // a weight and a bias
  bool track_running_stats = true;
  DType dtype = kDefaultFloat;
};

// Normalises (N, channels, H, W) per channel: in training by the batch's statistics, which also
// update the running ones, otherwise by the running ones. Parameters: weight, bias (channels).
// Buffers: running_mean, running_var, num_batches_tracked.
class BatchNorm2d : public Module {
 public:
  explicit BatchNorm2d(int64_t channels, const BatchNorm2dOptions& options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight, bias;                                    // undefined without `affine`
  Tensor running_mean, running_var, num_batches_tracked;  // undefined without running statistics

 private:
  BatchNorm2dOptions options_;
};

struct LayerNormOptions {
  double eps = 1e-5;
  bool affine = true;  // a weight and, if asked for, a bias
  bool bias = true;
  DType dtype = kDefaultFloat;
};

// Normalises over the trailing dims, which have the shape `normalized`. Parameters: weight, bias of
// that shape.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& normalized, const LayerNormOptions& options = {});
  explicit LayerNorm(int64_t last, const LayerNormOptions& options = {})
      : LayerNorm(Shape{last}, options) {}
  Tensor operator()(const Tensor& x) const;

  Tensor weight, bias;  // undefined unless asked for

 private:
  Dims normalized_;
  double eps_;
};

}  // namespace mycel::nn
