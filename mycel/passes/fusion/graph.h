// The dependence graph of a region's operations, in groups that are computed together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mycel/passes/fusion/facts.h"
#include "mycel/passes/memory/liveness.h"

namespace mycel::passes {

struct FusionNode {
  ir::Operation* op = nullptr;
  std::optional<FusionFacts> facts;  // nothing: joins no group
  std::vector<int> producers;        // per operand: its node, or -1
  std::vector<int> users;            // each once
  std::vector<int> sources;          // the nodes that have it among their users
  bool yielded = false;              // a result of it is a result of the region
  int group = 0;
};

class FusionGraph {
 public:
  explicit FusionGraph(const ir::Region& region);

  size_t size() const { return nodes_.size(); }
  const FusionNode& node(int i) const { return nodes_[static_cast<size_t>(i)]; }
  // The nodes of a group, unordered; empty for a group merged into another.
  const std::vector<int>& members(int group) const {
    return groups_[static_cast<size_t>(group)].members;
  }
  size_t num_groups() const { return groups_.size(); }
  // The groups that use the node's results, each once.
  std::vector<int> user_groups(int node) const;
  // Whether merging the groups would make a cycle: a path leaves them and returns.
  bool makes_cycle(std::span<const int> groups) const;
  // The number of groups visited so far to find cycles and to merge groups.
  int64_t visited() const { return visited_; }
  // Merges the groups into one of them, and returns it. They must make no cycle.
  int merge(std::span<const int> groups);
  // The last position of a member.
  int last(int group) const { return groups_[static_cast<size_t>(group)].last; }

 private:
  struct Group {
    std::vector<int> members;
    int last;   // position
    int order;  // less than that of every group that depends on it
  };
  class Walk;
  const Group& group(int i) const { return groups_[static_cast<size_t>(i)]; }
  void order_as_one(std::span<const int> groups);

  std::vector<FusionNode> nodes_;  // by position
  std::vector<Group> groups_;
  // By group: the number of the last walk that met it.
  mutable std::vector<int> met_forwards_, met_backwards_;
  mutable int walks_ = 0;
  mutable int64_t visited_ = 0;
};

}  // namespace mycel::passes
