// Groups the targets that are computed in common loops.
#pragma once

#include <vector>

#include "mycel/codegen/analysis/schedule_input.h"

namespace mycel::codegen::schedule {

// Targets over the same axes form a group; a target over fewer axes joins one that computes the
// same reduction.
std::vector<Group> make_groups(std::vector<Target> targets);

}  // namespace mycel::codegen::schedule
