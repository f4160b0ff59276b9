// The accesses of a draft as address arithmetic.
#pragma once

#include <vector>

#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/codegen/loop_nest/dependence.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// By access, the value that is its address: a chain of sums, to which the terms that change least
// often are added first, so that most of it is hoisted. The values are added to the draft, offsets
// and strides as arguments.
std::vector<int> make_addresses(const ScheduleInput& problem, const Dependence& dependence,
                                NestBuilder& draft);

}  // namespace mycel::codegen::schedule
