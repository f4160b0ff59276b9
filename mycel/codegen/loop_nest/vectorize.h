// Chooses the loops to vectorize and the loops to unroll.
#pragma once

#include "mycel/codegen/loop_nest/dependence.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// Vectorizes at most one loop on every path from the root to an innermost loop: the one that makes
// the cheapest code by a count of loads, stores and operations. The count assumes equally long
// loops, so that the choice depends only on the kernel signature.
void vectorize(NestBuilder& draft, const Dependence& dependence);

// Unrolls parallel loops around reductions whose operands are reused across them (their
// accumulators stay in registers, as in a matrix product), and reductions themselves, to hide
// latency.
void unroll(NestBuilder& draft, const Dependence& dependence);

}  // namespace mycel::codegen::schedule
