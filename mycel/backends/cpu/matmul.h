// Matrix products on the CPU.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// The kernel library's: stacks of float32 or bfloat16 matrices, transposed or strided as they are.
const Implementation& library_matmul();

}  // namespace mycel::backends::cpu
