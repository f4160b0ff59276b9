// Reductions and scans that several nests would compute, each perhaps in another order: one value
// must have the same bits wherever it is read.
#pragma once

#include <optional>

#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {

// The cut of a value that is read by several groups, or at several indices by one: a nest computes
// it once, as an array. With the `cut` that comes next, also of a value that is read both by what
// that takes out and by what it leaves. Of values inside each other the innermost comes first.
std::optional<StageSplit> cut_repeated(const ScheduleInput& problem,
                                       const std::vector<Group>& groups,
                                       const std::optional<StageSplit>& cut);

}  // namespace mycel::codegen::schedule
