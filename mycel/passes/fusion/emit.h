// Emits `fusion` operations from groups.
#pragma once

#include "mycel/passes/fusion/graph.h"

namespace mycel::passes {

// Orders the region so that the members of every group are adjacent, and puts each group of two or
// more into a `fusion`.
void emit_fusions(ir::Region& region, const FusionGraph& graph);

}  // namespace mycel::passes
