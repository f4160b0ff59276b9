// Operations that may become one group, and their loops.
#pragma once

#include <optional>
#include <vector>

#include "mycel/passes/fusion/graph.h"
#include "mycel/passes/fusion/reason.h"

namespace mycel::passes {

// Loops of a group as bits; loops of extent 1 have none.
using LoopMask = uint64_t;
using LoopOrder = InlineVector<int, 6>;

// Whether the loops of `mask` are the outermost of `order`: values that depend on them only are
// computed once for all loops inside.
bool is_outermost(LoopMask mask, const LoopOrder& order);

struct Member {
  size_t position = 0;  // of its node
  const FusionNode* node = nullptr;
  const FusionFacts* facts = nullptr;
  InlineVector<size_t, 3> producers;  // per operand: the member that computes it, or kNoNode
  size_t first_loop = 0;              // of its loops among those of all members
  LoopMask kept = 0;                  // the loops along the result
  LoopMask all = 0;                   // and those that it reduces
  LoopOrder order;                    // the kept loops in the order of memory
  Work cone;                          // of the member and all members that it is computed from
  bool is_output = false;
  // Each element is computed from the one at the same place of an array in memory, so that an
  // index out of range is detected when that array is read.
  bool follows_memory = false;
};

// The members by position. They have facts; connected nodes, without cycles through others.
class Candidate {
 public:
  // `local`: by node, its number among the members, or kNoNode.
  Candidate(const FusionGraph& graph, const std::vector<size_t>& nodes,
            const std::vector<size_t>& local);

  size_t size() const { return members_.size(); }
  const Member& operator[](size_t i) const { return members_[i]; }
  size_t num_inputs() const;
  size_t num_outputs() const;
  // Fills the masks of the members. Declines too many loops, and two dims along one loop.
  std::optional<FusionDecline> number_loops();

 private:
  size_t inside(size_t node) const { return node == kNoNode ? kNoNode : local_[node]; }
  void add(size_t position, const FusionNode& node);
  bool is_output(const FusionNode& node) const;
  bool follows_memory(const Member& member) const;
  void unite_loops(const Member& producer, const Member& consumer, const Link& link);
  size_t find(size_t loop);

  const std::vector<size_t>& local_;
  std::vector<Member> members_;
  std::vector<size_t> same_as_;  // union-find of the members' loops
};

}  // namespace mycel::passes
