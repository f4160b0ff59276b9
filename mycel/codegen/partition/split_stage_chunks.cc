// Splits reductions into chunks, so that every thread gets a part.
#include <algorithm>

#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {
namespace {

using te::Node;

std::vector<int64_t> extents(const GroupFacts& facts, const Node* node) {
  return reduced_extents(facts.problem, *node, facts.accesses);
}

// Whether Builder gives the reductions common loops.
bool shares_loops(const GroupFacts& facts, const Node* a, const Node* b) {
  return facts.analysis.rank(a) == facts.analysis.rank(b) &&
         a->operands.size() == b->operands.size() && extents(facts, a) == extents(facts, b);
}

// Whether adjacent elements of an operand belong to adjacent elements of the result.
bool reads_along(const GroupFacts& facts, const Node* node) {
  for (const Node* inner : te::post_order(node->operands)) {
    if (inner->kind != te::Kind::kLoad) continue;
    for (int64_t id : facts.parallel) {
      if (facts.accesses.at(inner).stride_of(id) == 1) return true;
    }
  }
  return false;
}

// Enough chunks for every thread; 1 if the result has enough elements.
int wanted_chunks(const GroupFacts& facts, const Node* node) {
  constexpr int64_t kTile = 64;  // elements of the result that a thread computes side by side
  int64_t elements = facts.size(facts.parallel), threads = facts.problem.machine.threads;
  int64_t tiles = reads_along(facts, node) ? (elements + kTile - 1) / kTile : elements;
  if (tiles >= threads) return 1;
  std::vector<int64_t> outer = extents(facts, node);
  if (outer.empty()) return 1;
  return static_cast<int>(std::min((threads + tiles - 1) / std::max<int64_t>(tiles, 1), outer[0]));
}

}  // namespace

std::optional<StageSplit> split_stage_chunks(const GroupFacts& facts, const Node* node) {
  int chunks = wanted_chunks(facts, node);
  if (chunks < 2) return std::nullopt;
  // Values that the loops need come from an earlier stage: a chunk runs one nest of loops.
  for (const Node* inner : te::post_order(node->operands)) {
    if (has_loops(*inner) && facts.is_outside(inner)) {
      return StageSplit{StageSplit::Kind::kValues, {inner}, facts.ordered(facts.free(inner)), 1};
    }
  }
  StageSplit cut{StageSplit::Kind::kChunks, {}, facts.ordered(facts.parallel), chunks};
  for (const Node* other : facts.reductions) {
    if (other->kind == te::Kind::kReduce && facts.free(other) == facts.parallel &&
        shares_loops(facts, node, other)) {
      cut.nodes.push_back(other);
    }
  }
  return cut;
}

}  // namespace mycel::codegen::schedule
