// From a draft to a nest and its arguments.
#pragma once

#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/codegen/loop_nest/dependence.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

// A nest with the numbers of one problem.
struct Instance {
  Nest nest;
  std::vector<int64_t> arguments;
  std::vector<int64_t> extents;  // by loop
};

// Gives every value its place, in the deepest loop that it depends on, and numbers extents and
// strides as arguments. The draft grows by addresses, and `dependence` with it.
Instance finalize_nest(const ScheduleInput& problem, NestBuilder& draft, Dependence& dependence);

}  // namespace mycel::codegen::schedule
