#include "mycel/codegen/partition/group_facts.h"

namespace mycel::codegen::schedule {

GroupFacts::GroupFacts(const ScheduleInput& problem, const Group& group)
    : problem(problem),
      group(group),
      values(group.values()),
      analysis(values),
      accesses(analyze_loads(analysis, problem)) {
  for (const Target& target : group.targets) {
    for (const te::Axis& axis : target.axes) axes_[axis.id] = axis;
  }
  for (const te::Node* node : analysis.order()) {
    if (has_loops(*node)) reductions.push_back(node);
    for (const te::Axis& axis : node->axes) axes_[axis.id] = axis;
  }
  parallel = counted(ids(group.targets[0].axes));
}

AxisIds GroupFacts::counted(const AxisIds& axes) const {
  AxisIds out;
  for (int64_t id : axes) {
    if (extent(id) != 1) out.push_back(id);
  }
  return out;
}

int64_t GroupFacts::size(const AxisIds& axes) const {
  int64_t size = 1;
  for (int64_t id : axes) size *= extent(id);
  return size;
}

std::vector<te::Axis> GroupFacts::ordered(const AxisIds& axes) const {
  std::vector<te::Axis> out;
  for (const te::Axis& axis : group.targets[0].axes) {
    if (contains(axes, axis.id)) out.push_back(axis);
  }
  for (int64_t id : axes) {
    if (!contains(parallel, id)) out.push_back(axes_.at(id));
  }
  return out;
}

}  // namespace mycel::codegen::schedule
