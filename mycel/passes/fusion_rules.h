// Which operations may be computed as one group.
#pragma once

#include <vector>

#include "mycel/passes/fusion_graph.h"

namespace mycel::passes {

class FusionRules {
 public:
  explicit FusionRules(const FusionGraph& graph) : graph_(graph), local_(graph.size(), -1) {}

  // Whether the loops of the members fit together, and nothing is computed much more often than
  // alone. `members`: nodes that are connected and free of cycles through others.
  bool may_fuse(std::vector<int> members);

 private:
  const FusionGraph& graph_;
  std::vector<int> local_;  // by node: its number among the members that are looked at, or -1
};

}  // namespace mycel::passes
