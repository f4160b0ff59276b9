// Which loops' iterations calls may share out among themselves.
#pragma once

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

// Marks, from the root down, parallel loops that are all that the loop around them does: each part
// of their iterations can be a call.
void mark_splittable(Nest& nest);
// Marks, in a group of chunks, the outermost loop of the reductions.
void mark_chunked(Nest& nest);

}  // namespace mycel::codegen::schedule
