// argmax, argmin, and max and min along a dim: extrema with their positions.
#pragma once

#include <optional>
#include <utility>

#include "mycel/tensor/tensor.h"

namespace mycel {

// Without a dim: over all elements, the index in row-major order.
struct ArgReduce {
  std::optional<int64_t> dim = {};
  bool keepdim = false;
};

Tensor argmax(const Tensor& x, const ArgReduce& options = {});
Tensor argmin(const Tensor& x, const ArgReduce& options = {});
// The extremum along a dim and the index of the first element that is equal to it.
std::pair<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim = false);
std::pair<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim = false);

void define_arg_reduce();

}  // namespace mycel
