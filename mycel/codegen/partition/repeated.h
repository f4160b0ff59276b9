// Finds reductions and scans that several nests would compute, each perhaps in another order.
//
// One value must have the same bits wherever it is read.
#pragma once

#include <optional>

#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {

// Splits off a value that several groups read, or one group reads at several indices: one nest
// computes it, as an array. Also a value needed on both sides of `cut`, the split that would come
// next: by the nodes that it moves out and by the rest. The innermost such value comes first.
std::optional<StageSplit> cut_repeated(const ScheduleInput& problem,
                                       const std::vector<Group>& groups,
                                       const std::optional<StageSplit>& cut);

}  // namespace mycel::codegen::schedule
