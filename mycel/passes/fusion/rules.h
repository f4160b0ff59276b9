// Which operations may be computed as one group.
#pragma once

#include <vector>

#include "mycel/passes/fusion/graph.h"

namespace mycel::passes {

class FusionRules {
 public:
  // `few_bytes`: what moves in the time that starting a kernel takes; a second pass over so many
  // costs less than a second kernel.
  FusionRules(const FusionGraph& graph, int64_t few_bytes)
      : graph_(graph), few_bytes_(few_bytes), local_(graph.size(), -1) {}

  // Whether the loops of the members fit together, and nothing is computed much more often than
  // alone. `members`: nodes that are connected and free of cycles through others.
  bool may_fuse(std::vector<int> members);

 private:
  const FusionGraph& graph_;
  int64_t few_bytes_;
  std::vector<int> local_;  // by node: its number among the members that are looked at, or -1
};

}  // namespace mycel::passes
