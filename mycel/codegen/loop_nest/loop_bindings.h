// The bindings of axes to loops while formulas are lowered.
#pragma once

#include <span>
#include <unordered_map>

#include "mycel/codegen/analysis/analysis.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

class LoopBindings {
 public:
  static constexpr LoopId kSingle = kRootLoop;  // an axis of extent 1 has no loop: its index is 0

  explicit LoopBindings(const NestBuilder& draft) : draft_(draft) {}

  void bind(const te::Axis& axis, LoopId loop) { loops_[axis.id] = loop; }
  // Axes of extent 1 stay bound.
  void unbind(std::span<const te::Axis> axes);
  bool are_bound(const AxisIds& axes) const;
  LoopId loop(int64_t axis) const { return loops_.at(axis); }
  // The deepest of the axes' loops.
  LoopId deepest(const AxisIds& axes) const;

 private:
  const NestBuilder& draft_;
  std::unordered_map<int64_t, LoopId> loops_;  // by axis
};

}  // namespace mycel::codegen::schedule
