// Between element types.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Cast {
  DType dtype = kDefaultFloat;
};

// Floats to integers truncate; anything but 0 is true as a bool.
Tensor cast(const Tensor& x, DType dtype);

void define_cast();

}  // namespace mycel
