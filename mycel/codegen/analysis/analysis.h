// Facts about the nodes of formulas that are scheduled together.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "mycel/te/free_axes.h"

namespace mycel::codegen::schedule {

// Sorted ids of axes.
using AxisIds = std::vector<int64_t>;
bool contains(const AxisIds& ids, int64_t id);
bool is_subset(const AxisIds& inner, const AxisIds& outer);
AxisIds ids(std::span<const te::Axis> axes);

class Analysis {
 public:
  explicit Analysis(std::span<const te::Expr> roots);

  // Every node once, operands first.
  const std::vector<const te::Node*>& order() const { return order_; }
  // The axes that the node depends on and does not reduce.
  const AxisIds& free(const te::Node* node) const { return facts_.at(node).free; }
  // The length of the longest chain of reductions and scans down from the node, itself included.
  int rank(const te::Node* node) const { return facts_.at(node).rank; }

 private:
  struct Facts {
    AxisIds free;
    int rank = 0;
  };
  std::vector<const te::Node*> order_;
  std::unordered_map<const te::Node*, Facts> facts_;
};

// Whether the node is a reduction or a scan.
inline bool has_loops(const te::Node& node) { return te::num_bodies(&node) > 0; }

}  // namespace mycel::codegen::schedule
