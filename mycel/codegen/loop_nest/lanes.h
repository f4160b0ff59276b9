// Chooses the number of lanes of a nest's vectors.
#pragma once

#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen::schedule {

// Returns the number of lanes: `vector_bits` divided by the bits of the widest float computed in
// lanes (of the widest integer if there is no float). At most `vector_bits / 32` if vectors have
// fewer than 512 bits. 1 if no loop is vectorized.
int count_lanes(const Nest& nest, int vector_bits);

}  // namespace mycel::codegen::schedule
