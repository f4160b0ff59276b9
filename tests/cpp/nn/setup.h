// Helpers that make and read tensors.
#pragma once

#include <string>
#include <vector>

#include "mycel/api.h"
#include "tests/cpp/support/tensors.h"

namespace mycel {

inline Tensor filled(const Shape& shape, double start = 0, double step = 1) {
  std::vector<float> values(static_cast<size_t>(num_elements(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(start + step * static_cast<double>(i));
  }
  return tensor(values, shape);
}

}  // namespace mycel
