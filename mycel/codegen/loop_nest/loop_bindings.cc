#include "mycel/codegen/loop_nest/loop_bindings.h"

#include <algorithm>

#include "mycel/base/error.h"

namespace mycel::codegen::schedule {

void LoopBindings::unbind(std::span<const te::Axis> axes) {
  for (const te::Axis& axis : axes) {
    auto found = loops_.find(axis.id);
    if (found != loops_.end() && found->second != kSingle) loops_.erase(found);
  }
}

bool LoopBindings::are_bound(const AxisIds& axes) const {
  return std::all_of(axes.begin(), axes.end(), [&](int64_t id) { return loops_.count(id) != 0; });
}

LoopId LoopBindings::deepest(const AxisIds& axes) const {
  LoopId deepest = kRootLoop;
  int most = 0;
  for (int64_t id : axes) {
    auto bound = loops_.find(id);
    if (bound == loops_.end()) fail_internal("formula: an axis is used outside its loop");
    int depth = draft_.depth(bound->second);
    if (depth > most) most = depth, deepest = bound->second;
  }
  return deepest;
}

}  // namespace mycel::codegen::schedule
