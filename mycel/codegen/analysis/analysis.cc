#include "mycel/codegen/analysis/analysis.h"

#include <algorithm>
#include <iterator>

namespace mycel::codegen::schedule {

bool contains(const AxisIds& ids, int64_t id) {
  return std::binary_search(ids.begin(), ids.end(), id);
}

bool is_subset(const AxisIds& inner, const AxisIds& outer) {
  return std::includes(outer.begin(), outer.end(), inner.begin(), inner.end());
}

AxisIds ids(std::span<const te::Axis> axes) {
  AxisIds out;
  for (const te::Axis& axis : axes) out.push_back(axis.id);
  std::sort(out.begin(), out.end());
  return out;
}

namespace {

void add(AxisIds& to, const AxisIds& from) {
  if (is_subset(from, to)) return;
  AxisIds both;
  std::set_union(to.begin(), to.end(), from.begin(), from.end(), std::back_inserter(both));
  to = std::move(both);
}

}  // namespace

Analysis::Analysis(std::span<const te::Expr> roots) : order_(te::post_order(roots)) {
  facts_.reserve(order_.size());
  for (const te::Node* node : order_) {
    Facts facts;
    if (node->kind == te::Kind::kAxis) facts.free = {node->axes[0].id};
    for (size_t i = 0; i < node->operands.size(); ++i) {
      const Facts& operand = facts_.at(node->operands[i].get());
      facts.rank = std::max(facts.rank, operand.rank);
      if (i < te::num_bodies(node)) {
        AxisIds bound = ids(node->axes), rest;
        std::set_difference(operand.free.begin(), operand.free.end(), bound.begin(), bound.end(),
                            std::back_inserter(rest));
        add(facts.free, rest);
      } else {
        add(facts.free, operand.free);
      }
    }
    if (has_loops(*node)) ++facts.rank;
    facts_.emplace(node, std::move(facts));
  }
}

}  // namespace mycel::codegen::schedule
