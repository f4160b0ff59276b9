// concatenate and stack: join tensors.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Join along a dim that all tensors have (concatenate), or along a new one (stack).
Tensor concatenate(const Tensors& tensors, int64_t dim = 0);
Tensor stack(const Tensors& tensors, int64_t dim = 0);

void define_concatenate();

}  // namespace mycel
