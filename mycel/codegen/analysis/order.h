// Chooses the order of loops, outermost first.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/codegen/analysis/access.h"
#include "mycel/codegen/analysis/analysis.h"

namespace mycel::codegen::schedule {

using Accesses = std::unordered_map<const te::Node*, AffineAccess>;  // by load
Accesses analyze_loads(const Analysis& analysis, const ScheduleInput& problem);

// Orders the axes of a group. Axes that reductions and smaller targets depend on come first, so
// that these are computed once; a scan's axis comes after those that its body depends on; then
// larger strides of the output come first. Omits axes of extent 1.
std::vector<te::Axis> order_parallel(const ScheduleInput& problem, const Group& group,
                                     const Analysis& analysis, const Accesses& accesses);
// Orders the axes of a reduction, as positions in `reduce.axes`: larger strides of the largest
// array read come first. Arg-reductions keep their order, because the first of equal elements wins.
// Omits axes of extent 1.
std::vector<size_t> order_reduced(const ScheduleInput& problem, const te::Node& reduce,
                                  const Accesses& accesses);
// The extents of these axes, in that order.
std::vector<int64_t> reduced_extents(const ScheduleInput& problem, const te::Node& reduce,
                                     const Accesses& accesses);
// The axis of the group that a scan runs along: the scan's `at` is that axis, and its body does not
// depend on it. Null if there is none.
const te::Axis* sequential_axis(const te::Node& scan, const Group& group, const Analysis& analysis);
// Whether a scan runs along the axis.
bool is_scanned(const te::Axis& axis, const Group& group, const Analysis& analysis);

}  // namespace mycel::codegen::schedule
