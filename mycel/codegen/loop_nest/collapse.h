// Merges nested loops that walk memory as one loop would.
#pragma once

#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// Merges a loop with the loop of the same kind that is its whole body, if every access moves as far
// in one iteration of the outer loop as in all iterations of the inner, and only accesses use the
// variables of both.
void collapse(NestBuilder& draft);

}  // namespace mycel::codegen::schedule
