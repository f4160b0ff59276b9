// Schedules formulas: partitions them into stages and builds their loop nests.
#pragma once

#include <span>
#include <vector>

#include "mycel/codegen/analysis/schedule_input.h"
#include "mycel/codegen/loop_nest/finalize_nest.h"
#include "mycel/te/in_place.h"

namespace mycel::codegen::schedule {

struct Work {
  Instance instance;
  int chunks = 1;          // > 1: one call per chunk, which computes its part of the reductions
  double nanoseconds = 0;  // on one core, estimated
};

struct Schedule {
  std::vector<std::vector<Work>> stages;  // the works of a stage are independent of each other
  int64_t scratch_bytes = 0;
  std::vector<te::InPlace> in_place;  // see in_place.h
};

// Raises an internal error if the layouts do not match the computation.
Schedule schedule(const te::Computation& computation, std::span<const Layout> inputs,
                  std::span<const Layout> outputs, const Machine& machine);

}  // namespace mycel::codegen::schedule
