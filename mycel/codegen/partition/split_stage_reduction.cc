// Splits off reductions that fit badly into the loops of their group.
#include <algorithm>
#include <cstdlib>

#include "mycel/codegen/analysis/function_cost.h"
#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {
namespace {

using te::Node;

// The least elements of work for which threads, or a separate pass, pay off.
constexpr int64_t kLarge = 1 << 15;
// The most bytes of a column of cache lines that stay in cache while it is walked several times.
constexpr int64_t kCache = 1 << 18;
constexpr int64_t kLine = 64;

// Splits off a reduction inside another one that runs for axes on which it does not depend.
std::optional<StageSplit> cut_inner(const GroupFacts& facts, const Node* node, const AxisIds& own) {
  for (const Node* outer : facts.reductions) {
    bool inside = std::any_of(outer->axes.begin(), outer->axes.end(),
                              [&](const te::Axis& axis) { return contains(own, axis.id); });
    if (inside && !is_subset(facts.free(outer), own)) {
      return StageSplit{StageSplit::Kind::kValues, {node}, facts.ordered(own), 1};
    }
  }
  return std::nullopt;
}

bool conflicts(const GroupFacts& facts, const Node* node, const AxisIds& own) {
  auto comparable = [&](const AxisIds& set) { return is_subset(set, own) || is_subset(own, set); };
  for (const Node* other : facts.reductions) {
    if (other == node) break;
    if (facts.is_outside(other) && !comparable(facts.free(other))) return true;
  }
  return !std::all_of(
      facts.group.targets.begin(), facts.group.targets.end(),
      [&](const Target& target) { return comparable(facts.counted(ids(target.axes))); });
}

// The number of elements that the reduction visits.
int64_t work(const GroupFacts& facts, const Node* node) {
  AxisIds all = facts.free(node);
  for (const Node* inner : te::post_order(node->operands)) {
    if (inner->kind == te::Kind::kReduce && !facts.is_outside(inner)) {
      for (const te::Axis& axis : inner->axes) all.push_back(axis.id);
    }
  }
  for (const te::Axis& axis : node->axes) all.push_back(axis.id);
  return facts.size(all);
}

// Whether adjacent elements of the output belong to different results, and all that belongs to one
// cache line of results exceeds the cache.
bool crosses_memory(const GroupFacts& facts, const AxisIds& own) {
  AffineAccess output = analyze_target(facts.group.targets[0], facts.problem);
  bool unit = std::any_of(own.begin(), own.end(),
                          [&](int64_t id) { return std::abs(output.stride_of(id)) == 1; });
  int64_t each = facts.size(facts.parallel) / std::max<int64_t>(1, facts.size(own));
  return unit && each * kLine > kCache;
}

// Splits off the largest parts of the formulas that contain reductions and depend on no axes but
// `own`.
std::optional<StageSplit> cut_values(const GroupFacts& facts, const AxisIds& own) {
  std::vector<const Node*> nodes;
  auto inside = [&](const Node* node) {
    return facts.analysis.rank(node) > 0 && is_subset(facts.free(node), own);
  };
  auto add = [&](const Node* node) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  };
  for (const Node* node : facts.analysis.order()) {
    if (is_subset(facts.free(node), own)) continue;
    for (const te::Expr& operand : node->operands) {
      if (inside(operand.get())) add(operand.get());
    }
  }
  // The value of a target over more axes than it depends on.
  for (const Target& target : facts.group.targets) {
    bool wider = !is_subset(facts.counted(ids(target.axes)), own);
    if (wider && inside(target.value.get())) add(target.value.get());
  }
  if (nodes.empty()) return std::nullopt;
  return StageSplit{StageSplit::Kind::kValues, std::move(nodes), facts.ordered(own), 1};
}

// Whether the factors of a product depend on different axes of the group, as those of a matrix
// product do.
bool is_contraction(const GroupFacts& facts, const Node* node) {
  if (node->kind != te::Kind::kReduce || node->reducer != te::Reducer::kSum) return false;
  const Node* body = node->operands[0].get();
  bool product = body->kind == te::Kind::kCall && body->fn == te::Fn::kMul;
  return product && facts.free(body->operands[0].get()) != facts.free(body->operands[1].get());
}

// Whether a load of `body` that is adjacent along the reduction is not along `axis`.
bool is_adjacent_across(const GroupFacts& facts, const Node* node,
                        const std::vector<const Node*>& body, int64_t axis) {
  return std::any_of(body.begin(), body.end(), [&](const Node* load) {
    if (load->kind != te::Kind::kLoad) return false;
    const AffineAccess& access = facts.accesses.at(load);
    bool along = std::any_of(node->axes.begin(), node->axes.end(), [&](const te::Axis& reduced) {
      return access.stride_of(reduced.id) == 1 && facts.extent(reduced.id) != 1;
    });
    return along && std::abs(access.stride_of(axis)) > 1;
  });
}

// Whether functions that take long are computed along `axis`, but not in the sorted `body` of the
// reduction.
bool computes_much_along(const GroupFacts& facts, const std::vector<const Node*>& body,
                         int64_t axis) {
  const std::vector<const Node*>& nodes = facts.analysis.order();
  return std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) {
    return node->kind == te::Kind::kCall && cost_of_function(node->fn) != FunctionCost::kSimple &&
           facts.is_outside(node) && contains(facts.free(node), axis) &&
           !std::binary_search(body.begin(), body.end(), node);
  });
}

// Whether the reduction should be computed by vectors along its own loop, and what the group does
// with it by vectors along the output of the first target: one nest would do one of them element by
// element.
bool wants_other_vectors(const GroupFacts& facts, const Node* node) {
  if (!is_contraction(facts, node)) return false;
  AffineAccess output = analyze_target(facts.group.targets[0], facts.problem);
  std::vector<const Node*> body = te::post_order(node->operands);
  std::sort(body.begin(), body.end());
  return std::any_of(facts.parallel.begin(), facts.parallel.end(), [&](int64_t axis) {
    return output.stride_of(axis) == 1 && is_adjacent_across(facts, node, body, axis) &&
           computes_much_along(facts, body, axis);
  });
}

}  // namespace

std::optional<StageSplit> split_stage_reduction(const GroupFacts& facts, const Node* node) {
  AxisIds own = facts.free(node);
  if (!facts.is_outside(node)) return cut_inner(facts, node, own);
  if (conflicts(facts, node, own)) return cut_values(facts, own);
  if (own == facts.parallel && wants_other_vectors(facts, node)) {
    return StageSplit{StageSplit::Kind::kValues, {node}, facts.ordered(own), 1};
  }
  if (work(facts, node) < kLarge) return std::nullopt;
  if (own == facts.parallel) return split_stage_chunks(facts, node);
  bool few = facts.size(own) < facts.problem.machine.threads &&
             facts.size(facts.parallel) > facts.size(own);
  return few || crosses_memory(facts, own) ? cut_values(facts, own) : std::nullopt;
}

}  // namespace mycel::codegen::schedule
