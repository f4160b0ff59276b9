// How many lanes the vectors of a nest have.
#pragma once

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

// As many as fill `vector_bits` with the widest number that is computed, floats before integers; 1
// without loops of lanes.
int count_lanes(const Nest& nest, int vector_bits);

}  // namespace mycel::codegen::schedule
