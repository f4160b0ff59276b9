// Finds reductions and scans that several nests would compute, each perhaps in another order.
//
// One value must have the same bits wherever it is read.
#pragma once

#include <optional>

#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {

// Splits off a value that several groups read, or one group reads at several indices: one nest
// computes it, as an array. Also a value that is read both by what `cut`, the next split, takes out
// and by what it leaves. Of nested values the innermost comes first.
std::optional<StageSplit> cut_repeated(const ScheduleInput& problem,
                                       const std::vector<Group>& groups,
                                       const std::optional<StageSplit>& cut);

}  // namespace mycel::codegen::schedule
