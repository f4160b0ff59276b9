// The loops of a computation and the loads in them, from which axis rules and fusion follow.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/te/computation.h"

namespace mycel::te {

struct Loop {
  Axis axis;
  bool reduced = false, scanned = false;  // neither: a dim of an output
};

struct LoopLoad {
  const Node* node;
  // Per dim of the input: the loop whose variable is the index, or -1 for any other index.
  InlineVector<int, 6> loops;
  // Whether every dim is read whole, by a loop of its own or at 0 if its extent is 1, and without a
  // predicate.
  bool regular;
};

// Found in one pass over the nodes, without arithmetic on indices: fusion asks for the loops of
// every operation.
class Loops {
 public:
  Loops(const Computation& computation, const std::vector<const Node*>& post_order);

  // The loops of the dims of the first output, of the other outputs, then in the order of their
  // first use.
  const Loop& operator[](size_t i) const { return loops_[i]; }
  size_t size() const { return loops_.size(); }
  // The loop along an axis of the computation.
  size_t number(const Axis& axis) const { return number_.at(axis.id); }
  const std::vector<LoopLoad>& loads() const { return loads_; }

 private:
  Loop& add(const Axis& axis);
  LoopLoad load_of(const Node& node, const Dims& dims) const;

  std::vector<Loop> loops_;
  std::unordered_map<int64_t, size_t> number_;  // by the axis's id
  std::vector<LoopLoad> loads_;
};

}  // namespace mycel::te
