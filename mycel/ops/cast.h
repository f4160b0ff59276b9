// cast: converts elements to another dtype.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Cast {
  DType dtype = kDefaultFloat;
};

// Floats are truncated to integers; as a bool, all but 0 is true.
Tensor cast(const Tensor& x, DType dtype);

void define_cast();

}  // namespace mycel
