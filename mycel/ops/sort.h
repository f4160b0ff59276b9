// Sorting along a dim.
#pragma once

#include <utility>

#include "mycel/tensor/tensor.h"

namespace mycel {

// The sorted values and their original positions. Stable; NaN counts as the largest.
std::pair<Tensor, Tensor> sort(const Tensor& x, int64_t dim = -1, bool descending = false);
Tensor argsort(const Tensor& x, int64_t dim = -1, bool descending = false);

void define_sort();

}  // namespace mycel
