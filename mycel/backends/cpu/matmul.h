// Matrix products on the CPU.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// By oneDNN: batches of float32 or bfloat16 matrices, transposed or strided without a copy if it
// supports the strides.
const Implementation& library_matmul();
// Of the rows of two stacks, as one product.
const Implementation& library_outer_sum();

}  // namespace mycel::backends::cpu
