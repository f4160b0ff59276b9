#include "tests/cpp/ops/setup.h"

#include "tests/cpp/support/interpreted.h"

namespace mycel {

Tensor counted(const Shape& shape) {
  std::vector<double> values;
  for (int64_t i = 0; i < num_elements(shape); ++i) values.push_back(static_cast<double>(i));
  return tensor(values, shape);
}

}  // namespace mycel
