// The operations of a region as groups that will be computed together, and what depends on what.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mycel/passes/fusion/facts.h"
#include "mycel/passes/memory/liveness.h"

namespace mycel::passes {

struct FusionNode {
  ir::Operation* op = nullptr;
  std::optional<FusionFacts> facts;  // nothing: it stays alone
  std::vector<int> producers;        // per operand: its node, or -1
  std::vector<int> users;            // each once
  std::vector<int> sources;          // the nodes whose users it is among
  bool yielded = false;              // a result of it is a result of the region
  int group = 0;
};

class FusionGraph {
 public:
  explicit FusionGraph(const ir::Region& region);

  size_t size() const { return nodes_.size(); }
  const FusionNode& node(int i) const { return nodes_[static_cast<size_t>(i)]; }
  // Nodes of a group, in no order; empty for one that became part of another.
  const std::vector<int>& members(int group) const {
    return groups_[static_cast<size_t>(group)].members;
  }
  size_t num_groups() const { return groups_.size(); }
  // Different groups that use the node's results.
  std::vector<int> user_groups(int node) const;
  // Whether something outside the groups lies on a way from one of them to another (or to itself).
  bool makes_cycle(std::span<const int> groups) const;
  // How many groups have been looked at to find cycles and to merge groups.
  int64_t visited() const { return visited_; }
  // All become part of the one that is returned. They must make no cycle.
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
