// softmax and log_softmax along a dim.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Softmax {
  int64_t dim = -1;
  std::optional<DType> dtype = {};
};

// exp(x) / sum(exp(x)) along a dim, and its logarithm; with a dtype, x is cast to it first.
Tensor softmax(const Tensor& x, const Softmax& options = {});
Tensor log_softmax(const Tensor& x, const Softmax& options = {});

void define_softmax();

}  // namespace mycel
