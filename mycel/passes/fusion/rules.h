// Decides whether operations may be computed as one group.
#pragma once

#include <vector>

#include "mycel/passes/fusion/graph.h"

namespace mycel::passes {

class FusionRules {
 public:
  // `few_bytes`: the bytes that move in the time it takes to start a kernel; reading an array of at
  // most this size twice costs less than starting a second kernel.
  FusionRules(const FusionGraph& graph, int64_t few_bytes)
      : graph_(graph), few_bytes_(few_bytes), local_(graph.size(), -1) {}

  // Whether the loops of the members fit together, and no member is computed much more often than
  // alone. `members`: connected nodes, without cycles through others.
  bool may_fuse(std::vector<int> members);

 private:
  const FusionGraph& graph_;
  int64_t few_bytes_;
  std::vector<int> local_;  // by node: its number among the members being checked, or -1
};

}  // namespace mycel::passes
