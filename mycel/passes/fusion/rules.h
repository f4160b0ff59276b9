// Decides whether operations may be computed as one group.
#pragma once

#include <optional>
#include <vector>

#include "mycel/passes/fusion/graph.h"
#include "mycel/passes/fusion/reason.h"

namespace mycel::passes {

class FusionRules {
 public:
  // `few_bytes`: the bytes that move in the time it takes to start a kernel; reading an array of at
  // most this size twice costs less than starting a second kernel.
  FusionRules(const FusionGraph& graph, int64_t few_bytes)
      : graph_(graph), few_bytes_(few_bytes), local_(graph.size(), kNoNode) {}

  // Why the nodes form no group: their loops do not fit together, or one of them would be computed
  // much more often than alone. `members`: connected nodes, without cycles through others.
  std::optional<FusionDecline> declines(std::vector<size_t> members);

 private:
  const FusionGraph& graph_;
  int64_t few_bytes_;
  std::vector<size_t> local_;  // by node: its number among the members being checked, or kNoNode
};

}  // namespace mycel::passes
