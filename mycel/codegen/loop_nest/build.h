// Builds the loop nest of a group of formulas.
#pragma once

#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// Opens the loops of the group in the order of order.h and puts every reduction inside the deepest
// loop that it depends on. Reductions at the same place with equal extents share their loops unless
// one needs the other.
NestBuilder build(const ScheduleInput& problem, const Group& group);

}  // namespace mycel::codegen::schedule
