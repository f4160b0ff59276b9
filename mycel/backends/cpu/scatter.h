// Writing by integer indices, which may repeat.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// Every element of the result is written by one thread, in the order of the updates: results do not
// depend on the number of threads.
const Implementation& scatter_add();
const Implementation& index_put();

}  // namespace mycel::backends::cpu
