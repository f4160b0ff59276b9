// Which loops become lanes of vectors, and which are unrolled.
#pragma once

#include "mycel/codegen/loop_nest/dependence.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// On every way from the root to an innermost loop at most one loop becomes lanes: the one that
// makes the cheapest code by a count of loads, stores and operations, in which all loops are taken
// to be equally long, so that the choice belongs to the class.
void vectorize(NestBuilder& draft, const Dependence& dependence);

// Unrolls parallel loops around reductions whose operands are reused across them (their
// accumulators stay in registers, as in a matrix product), and reductions themselves, to hide
// latency.
void unroll(NestBuilder& draft, const Dependence& dependence);

}  // namespace mycel::codegen::schedule
