// Facts about a group that decide how its stage is split.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/codegen/analysis/analysis.h"
#include "mycel/codegen/analysis/order.h"
#include "mycel/codegen/analysis/schedule_input.h"

namespace mycel::codegen::schedule {

// Facts about a group. Axes of extent 1 have no loops; the sets omit them.
class GroupFacts {
 public:
  GroupFacts(const ScheduleInput& problem, const Group& group);

  AxisIds counted(const AxisIds& axes) const;
  AxisIds free(const te::Node* node) const { return counted(analysis.free(node)); }
  // Whether all loops that the node depends on are the group's.
  bool is_outside(const te::Node* node) const { return is_subset(free(node), parallel); }
  int64_t extent(int64_t axis) const { return problem.value(axes_.at(axis).extent); }
  int64_t size(const AxisIds& axes) const;
  // The axes in the order of the first target, then in the order of their creation.
  std::vector<te::Axis> ordered(const AxisIds& axes) const;

  const ScheduleInput& problem;
  const Group& group;
  const std::vector<te::Expr> values;
  const Analysis analysis;
  const Accesses accesses;
  std::vector<const te::Node*> reductions;  // and scans, operands first
  AxisIds parallel;                         // the axes of the group

 private:
  std::unordered_map<int64_t, te::Axis> axes_;
};

}  // namespace mycel::codegen::schedule
