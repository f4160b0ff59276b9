// Finds reductions and scans that several nests would compute, each perhaps in another order.
//
// One value must have the same bits wherever it is read.
#pragma once

#include <optional>

#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {

// Splits off a reduction or scan that several groups read, or that one group reads at several
// indices, so that one nest computes it into an array. If there is none, splits off one that both
// the nodes that `cut` (the next split) moves out and the nodes that stay need. The innermost such
// value comes first.
std::optional<StageSplit> cut_repeated(const ScheduleInput& problem,
                                       const std::vector<Group>& groups,
                                       const std::optional<StageSplit>& cut);

}  // namespace mycel::codegen::schedule
