// The order of loops, outermost first.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/codegen/analysis/access.h"
#include "mycel/codegen/analysis/analysis.h"

namespace mycel::codegen::schedule {

using Accesses = std::unordered_map<const te::Node*, AffineAccess>;  // of every load
Accesses analyze_loads(const Analysis& analysis, const ScheduleInput& problem);

// The axes of a group. Those that reductions and smaller targets depend on come first, so that
// these are computed once; a scan's axis comes after what its body depends on; then the largest
// strides of the outputs are outermost. Axes of extent 1 are left out.
std::vector<te::Axis> order_parallel(const ScheduleInput& problem, const Group& group,
                                     const Analysis& analysis, const Accesses& accesses);
// The axes of a reduction, as positions in `reduce.axes`: the largest strides of what is read come
// first. Arg-reductions keep their order, as the first of equals wins. Axes of extent 1 are left
// out.
std::vector<size_t> order_reduced(const ScheduleInput& problem, const te::Node& reduce,
                                  const Accesses& accesses);
// Of these axes, in that order.
std::vector<int64_t> reduced_extents(const ScheduleInput& problem, const te::Node& reduce,
                                     const Accesses& accesses);
// The axis of the group whose iterations a scan runs along: its `at` is that axis and its body does
// not depend on it. Null if there is none.
const te::Axis* sequential_axis(const te::Node& scan, const Group& group, const Analysis& analysis);
// Whether a scan runs along the axis.
bool is_scanned(const te::Axis& axis, const Group& group, const Analysis& analysis);

}  // namespace mycel::codegen::schedule
