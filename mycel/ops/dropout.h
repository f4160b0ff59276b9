// Dropout.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Zeroes each element with probability p and scales the others by 1 / (1 - p), drawing from the
// default generator; the tensor itself when not training.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true);

void define_dropout();

}  // namespace mycel
