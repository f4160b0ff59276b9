// Splits off scans that cannot run in the loops of their group.
#include <algorithm>

#include "mycel/codegen/partition/split_stage.h"

namespace mycel::codegen::schedule {
namespace {

using te::Node;

// The axes whose loops must be outside of the scan's.
AxisIds outside_of(const GroupFacts& facts, const Node* scan) {
  AxisIds axes = facts.free(scan->operands[0].get());
  std::erase(axes, scan->axes[0].id);
  return axes;
}

bool is_only_scan_axis(const GroupFacts& facts, const te::Axis& axis) {
  return std::all_of(facts.reductions.begin(), facts.reductions.end(), [&](const Node* other) {
    if (other->kind != te::Kind::kScan) return true;
    const te::Axis* along = sequential_axis(*other, facts.group, facts.analysis);
    return !along || *along == axis;
  });
}

// Whether the scan's loop can be inside all loops that its body depends on: no other reduction or
// target needs it outside of these.
bool runs_inside(const GroupFacts& facts, const Node* scan, const te::Axis& along) {
  AxisIds outside = outside_of(facts, scan);
  auto agrees = [&](const AxisIds& set) {
    return !contains(set, along.id) || is_subset(outside, set);
  };
  for (const Node* other : facts.reductions) {
    if (facts.is_outside(other) && !agrees(facts.free(other))) return false;
  }
  return std::all_of(facts.group.targets.begin(), facts.group.targets.end(),
                     [&](const Target& target) { return agrees(facts.counted(ids(target.axes))); });
}

}  // namespace

std::optional<StageSplit> split_stage_scan(const GroupFacts& facts, const Node* scan) {
  const te::Axis* along = sequential_axis(*scan, facts.group, facts.analysis);
  if (along && (facts.extent(along->id) == 1 ||
                (is_only_scan_axis(facts, *along) && runs_inside(facts, scan, *along)))) {
    return std::nullopt;
  }
  return StageSplit{StageSplit::Kind::kScan, {scan}, facts.ordered(outside_of(facts, scan)), 1};
}

}  // namespace mycel::codegen::schedule
