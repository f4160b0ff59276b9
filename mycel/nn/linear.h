// The linear layer: x @ weight.T + bias.
#pragma once

#include "mycel/nn/module.h"

namespace mycel::nn {

struct LinearOptions {
  bool bias = true;
  DType dtype = kDefaultFloat;
};

// Maps the last dim from `in` to `out` values. Parameters: weight (out, in), bias (out).
class Linear : public Module {
 public:
  Linear(int64_t in, int64_t out, const LinearOptions& options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight, bias;  // the bias may be undefined
};

}  // namespace mycel::nn
