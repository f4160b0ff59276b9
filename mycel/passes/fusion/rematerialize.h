// Operations that are cheaper computed again than read.
#pragma once

#include "mycel/ir/function.h"

namespace mycel::passes {

// Gives an operation that costs next to nothing a copy for each operation that reads it, so that it
// can join every group: views, numbers, arithmetic on numbers, and simple functions of what is in
// memory anyway, if every reader can compute them. Copies that join no group are equal operations.
void copy_for_readers(ir::Region& region);

}  // namespace mycel::passes
