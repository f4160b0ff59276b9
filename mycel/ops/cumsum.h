// Prefix sums.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Cumsum {
  int64_t dim = 0;
  std::optional<DType> dtype = {};
};

// out[i] = x[0] + ... + x[i] along a dim.
Tensor cumsum(const Tensor& x, const Cumsum& options);

void define_scan();

}  // namespace mycel
