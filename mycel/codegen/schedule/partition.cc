#include "mycel/codegen/schedule/partition.h"

#include <algorithm>

#include "mycel/codegen/schedule/analysis.h"

namespace mycel::codegen::schedule {
namespace {

// Targets whose axes are among those of the first share its loops.
std::vector<Group> group_by_axes(std::vector<Target> targets) {
  std::stable_sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) {
    return a.axes.size() > b.axes.size();
  });
  std::vector<Group> groups;
  for (Target& target : targets) {
    AxisIds axes = ids(target.axes);
    auto fits = [&](const Group& group) {
      AxisIds outer = ids(group.targets[0].axes);
      return is_subset(axes, outer) && (!axes.empty() || outer.empty());
    };
    auto group = std::find_if(groups.begin(), groups.end(), fits);
    if (group == groups.end()) group = groups.insert(groups.end(), Group{});
    group->targets.push_back(std::move(target));
  }
  return groups;
}

}  // namespace

std::vector<Stage> partition(Problem& problem, const te::Computation& computation) {
  std::vector<Target> targets;
  size_t first = problem.buffers.size() - computation.outputs.size();
  for (size_t i = 0; i < computation.outputs.size(); ++i) {
    const te::Output& output = computation.outputs[i];
    targets.push_back({static_cast<int>(first + i), output.axes, output.value});
  }
  return {group_by_axes(std::move(targets))};
}

}  // namespace mycel::codegen::schedule
