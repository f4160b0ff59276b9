// The dependence graph of a region's operations, in groups that are computed together.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "mycel/passes/fusion/facts.h"
#include "mycel/passes/memory/liveness.h"

namespace mycel::passes {

// Nodes are numbered by position, groups by the position of one of their nodes.
constexpr size_t kNoNode = std::numeric_limits<size_t>::max();

struct FusionNode {
  ir::Operation* op = nullptr;
  FactsOrReason facts_or_reason = FusionReason::kNoFormula;
  std::vector<size_t> producers;  // per operand: its node, or kNoNode
  std::vector<size_t> users;      // each once
  std::vector<size_t> sources;    // the nodes that have it among their users
  bool yielded = false;           // a result of it is a result of the region
  size_t group = 0;

  // nullptr: it joins no group.
  const FusionFacts* facts() const { return std::get_if<FusionFacts>(&facts_or_reason); }
  FusionReason why_alone() const { return std::get<FusionReason>(facts_or_reason); }
};

class FusionGraph {
 public:
  explicit FusionGraph(const ir::Region& region);

  size_t size() const { return nodes_.size(); }
  const FusionNode& node(size_t i) const { return nodes_[i]; }
  // The nodes of a group, unordered; empty for a group merged into another.
  const std::vector<size_t>& members(size_t group) const { return groups_[group].members; }
  size_t num_groups() const { return groups_.size(); }
  // The groups that use the node's results, each once.
  std::vector<size_t> user_groups(size_t node) const;
  // Whether merging the groups would make a cycle: a path leaves them and returns.
  bool makes_cycle(std::span<const size_t> groups) const;
  // The number of groups visited so far to find cycles and to merge groups.
  int64_t visited() const { return visited_; }
  // Merges the groups into one of them, and returns it. They must make no cycle.
  size_t merge(std::span<const size_t> groups);
  // The last position of a member.
  size_t last(size_t group) const { return groups_[group].last; }

 private:
  struct Group {
    std::vector<size_t> members;
    size_t last;   // position
    size_t order;  // less than that of every group that depends on it
  };
  class Walk;
  void order_as_one(std::span<const size_t> groups);

  std::vector<FusionNode> nodes_;
  std::vector<Group> groups_;
  // By group: the number of the last walk that met it.
  mutable std::vector<int> met_forwards_, met_backwards_;
  mutable int walks_ = 0;
  mutable int64_t visited_ = 0;
};

}  // namespace mycel::passes
