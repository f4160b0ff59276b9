#include "mycel/nn/init.h"

#include <cmath>

namespace mycel::nn {

Tensor uniform_by_fan_in(const Dims& shape, int64_t fan_in, DType dtype) {
  GradMode no_grad(false);
  if (fan_in == 0) return zeros(shape, dtype);
  double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return uniform(shape, -bound, bound, dtype);
}

}  // namespace mycel::nn
