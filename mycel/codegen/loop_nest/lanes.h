// Chooses the number of lanes of a nest's vectors.
#pragma once

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

// Fills `vector_bits` with the widest float that is computed in lanes (else integer), but below 512
// bits with at most `vector_bits / 32` lanes; 1 if no loop is vectorized.
int count_lanes(const Nest& nest, int vector_bits);

}  // namespace mycel::codegen::schedule
