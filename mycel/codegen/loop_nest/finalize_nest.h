// Turns a nest under construction into a nest and its arguments.
#pragma once

#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/codegen/loop_nest/dependence.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// A nest with the arguments and extents of one ScheduleInput.
struct Instance {
  Nest nest;
  IndexedVector<ArgumentId, int64_t> arguments;
  IndexedVector<LoopId, int64_t> extents;
};

// Places every value in the deepest loop that it depends on, and makes extents and strides
// arguments. Adds the addresses to the builder, and to `dependence`.
Instance finalize_nest(const ScheduleInput& problem, NestBuilder& draft, Dependence& dependence);

}  // namespace mycel::codegen::schedule
