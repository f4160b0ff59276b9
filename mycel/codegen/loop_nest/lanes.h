// Chooses the number of lanes of a nest's vectors.
#pragma once

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

// As many as fill `vector_bits` with the widest number that is computed, floats before integers; 1
// if no loop is vectorized.
int count_lanes(const Nest& nest, int vector_bits);

}  // namespace mycel::codegen::schedule
