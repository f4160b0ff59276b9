// Which targets are computed in common loops.
#pragma once

#include <vector>

#include "mycel/codegen/analysis/schedule_input.h"

namespace mycel::codegen::schedule {

// Targets over the same axes share loops, and so do smaller ones that need the same reductions.
std::vector<Group> make_groups(std::vector<Target> targets);

}  // namespace mycel::codegen::schedule
