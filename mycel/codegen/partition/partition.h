// Partitions formulas into stages: which outputs are computed together, and in which order.
#pragma once

#include <span>
#include <vector>

#include "mycel/codegen/analysis/schedule_input.h"

namespace mycel::codegen::schedule {

// Returns the formulas as stages of groups. A value that one nest cannot compute once, or cannot
// spread over the threads, goes to a temporary in an earlier stage (problem.buffers grows).
std::vector<Stage> partition(ScheduleInput& problem, const te::Computation& computation);

}  // namespace mycel::codegen::schedule
