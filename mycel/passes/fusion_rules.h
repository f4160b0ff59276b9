// Which operations may be computed as one group.
#pragma once

#include <vector>

#include "mycel/passes/fusion_graph.h"

namespace mycel::passes {

// Whether the loops of the members fit together, and nothing is computed much more often than
// alone. `members`: nodes that are connected and free of cycles through others.
bool may_fuse(const FusionGraph& graph, std::vector<int> members, int max_operations);

}  // namespace mycel::passes
