// Setup for tests of operations: registers all of them, interpreted.
#pragma once

#include "mycel/ops/operators.h"
#include "tests/cpp/support/tensors.h"

namespace mycel {

// 0, 1, 2, ... in row-major order, float64.
Tensor counted(const Shape& shape);

}  // namespace mycel
