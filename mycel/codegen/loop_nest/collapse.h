// Merging of loops that walk memory as one.
#pragma once

#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// A loop that only contains another of its kind becomes one with it where every access moves as far
// in an iteration of the outer as in all iterations of the inner, and neither variable is used but
// in accesses.
void collapse(NestBuilder& draft);

}  // namespace mycel::codegen::schedule
