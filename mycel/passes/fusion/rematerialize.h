// Copies operations that are cheaper to recompute than to read.
#pragma once

#include "mycel/ir/function.h"

namespace mycel::passes {

// Copies an operation that costs next to nothing for each operation that reads it, so that it can
// join every group: views, numbers, arithmetic on numbers, and simple functions of values that are
// in memory anyway, if every reader can compute them. Copies that join no group stay equal
// operations.
void copy_for_readers(ir::Region& region);

}  // namespace mycel::passes
