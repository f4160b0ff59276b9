// Marks the loops whose iterations may be split among calls.
#pragma once

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

// Marks, from the root down, parallel loops that are the whole body of the loop around them, values
// aside: each part of their iterations can be a call.
void mark_splittable(Nest& nest);
// Marks the outermost loop of the reductions, in a group with chunks.
void mark_chunked(Nest& nest);

}  // namespace mycel::codegen::schedule
