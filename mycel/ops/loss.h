// Loss functions: nll_loss, cross_entropy and mse_loss.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

enum class Reduction : uint8_t { kMean, kSum, kNone };

struct NllLoss {
  int64_t ignore_index = -100;
  Reduction reduction = Reduction::kMean;
};
struct CrossEntropy {
  int64_t ignore_index = -100;
  Reduction reduction = Reduction::kMean;
  double label_smoothing = 0;
};
struct MseLoss {
  Reduction reduction = Reduction::kMean;
};

// `weight`, one number per class, may be undefined.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target, const Tensor& weight = {},
                const NllLoss& options = {});
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const Tensor& weight = {},
                     const CrossEntropy& options = {});
Tensor mse_loss(const Tensor& x, const Tensor& target, const MseLoss& options = {});

void define_loss();

}  // namespace mycel
