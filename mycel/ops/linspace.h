// linspace: numbers at equal distances.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// `steps` numbers from start to end, both included.
struct Linspace {
  Dim steps = 0;
  double start = 0;
  double end = 1;
  DType dtype = kDefaultFloat;
};

void define_linspace();

}  // namespace mycel
