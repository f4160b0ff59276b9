// Tensors joined.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Along a dim that all of them have, or along a new one.
Tensor concatenate(const Tensors& tensors, int64_t dim = 0);
Tensor stack(const Tensors& tensors, int64_t dim = 0);

void define_concatenate();

}  // namespace mycel
