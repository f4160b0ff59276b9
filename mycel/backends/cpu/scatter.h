// Kernels that write at integer indices, which may repeat.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// One thread writes each element of the result, in the order of the updates, so that results do not
// depend on the number of threads.
const Implementation& scatter_add();
const Implementation& index_put();

}  // namespace mycel::backends::cpu
