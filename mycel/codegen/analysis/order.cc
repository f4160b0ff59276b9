#include "mycel/codegen/analysis/order.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "mycel/codegen/analysis/sort_by.h"

namespace mycel::codegen::schedule {
namespace {

// Sets of axes that belong outside of all others, one per reduction, scan and target.
std::vector<AxisIds> prefixes(const Group& group, const Analysis& analysis) {
  std::vector<AxisIds> sets;
  for (const Target& target : group.targets) sets.push_back(ids(target.axes));
  AxisIds all = ids(group.targets[0].axes);
  for (const te::Node* node : analysis.order()) {
    if (has_loops(*node) && is_subset(analysis.free(node), all))
      sets.push_back(analysis.free(node));
  }
  return sets;
}

int64_t largest_stride(int64_t axis, const Accesses& accesses) {
  int64_t largest = 0;
  for (const auto& [node, access] : accesses) {
    largest = std::max(largest, std::abs(access.stride_of(axis)));
  }
  return largest;
}

}  // namespace

Accesses analyze_loads(const Analysis& analysis, const ScheduleInput& problem) {
  Accesses accesses;
  for (const te::Node* node : analysis.order()) {
    if (node->kind == te::Kind::kLoad) {
      accesses.emplace(node, analyze_load(*node, problem));
    }
  }
  return accesses;
}

std::vector<te::Axis> order_parallel(const ScheduleInput& problem, const Group& group,
                                     const Analysis& analysis, const Accesses& accesses) {
  struct Key {
    std::tuple<size_t, bool, int64_t, int64_t> rank;
    te::Axis axis;
  };
  std::vector<AxisIds> sets = prefixes(group, analysis);
  AffineAccess output = analyze_target(group.targets[0], problem);
  std::vector<Key> keys;
  for (const te::Axis& axis : group.targets[0].axes) {
    if (problem.value(axis.extent) == 1) continue;
    auto outside = std::count_if(sets.begin(), sets.end(),
                                 [&](const AxisIds& set) { return !contains(set, axis.id); });
    keys.push_back({{static_cast<size_t>(outside), is_scanned(axis, group, analysis),
                     -std::abs(output.stride_of(axis.id)), -largest_stride(axis.id, accesses)},
                    axis});
  }
  sort_by(keys, [](const Key& key) { return key.rank; });
  std::vector<te::Axis> axes;
  for (const Key& key : keys) axes.push_back(key.axis);
  return axes;
}

std::vector<size_t> order_reduced(const ScheduleInput& problem, const te::Node& reduce,
                                  const Accesses& accesses) {
  std::vector<size_t> order;
  for (size_t i = 0; i < reduce.axes.size(); ++i) {
    if (problem.value(reduce.axes[i].extent) != 1) order.push_back(i);
  }
  if (reduce.operands.size() > 1 || order.size() < 2) return order;
  // The largest array decides: the one with the most elements along the reduced axes.
  const AffineAccess* widest = nullptr;
  int64_t most = 0;
  for (const te::Node* node : te::post_order(reduce.operands)) {
    if (node->kind != te::Kind::kLoad) continue;
    int64_t elements = 1;
    for (size_t i : order) {
      if (accesses.at(node).stride_of(reduce.axes[i].id) != 0) {
        elements *= problem.value(reduce.axes[i].extent);
      }
    }
    if (elements > most) most = elements, widest = &accesses.at(node);
  }
  if (!widest) return order;
  sort_by(order, [&](size_t i) { return -std::abs(widest->stride_of(reduce.axes[i].id)); });
  return order;
}

std::vector<int64_t> reduced_extents(const ScheduleInput& problem, const te::Node& reduce,
                                     const Accesses& accesses) {
  std::vector<int64_t> extents;
  for (size_t i : order_reduced(problem, reduce, accesses)) {
    extents.push_back(problem.value(reduce.axes[i].extent));
  }
  return extents;
}

const te::Axis* sequential_axis(const te::Node& scan, const Group& group,
                                const Analysis& analysis) {
  const te::Node& at = *scan.operands[1];
  if (at.kind != te::Kind::kAxis) return nullptr;
  if (contains(analysis.free(scan.operands[0].get()), at.axes[0].id)) return nullptr;
  for (const te::Axis& axis : group.targets[0].axes) {
    if (axis == at.axes[0]) return &axis;
  }
  return nullptr;
}

bool is_scanned(const te::Axis& axis, const Group& group, const Analysis& analysis) {
  for (const te::Node* node : analysis.order()) {
    if (node->kind != te::Kind::kScan) continue;
    const te::Axis* sequential = sequential_axis(*node, group, analysis);
    if (sequential && *sequential == axis) return true;
  }
  return false;
}

}  // namespace mycel::codegen::schedule
