// The bindings of axes to loops while formulas are lowered.
#pragma once

#include <span>
#include <unordered_map>

#include "mycel/codegen/analysis/analysis.h"
#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

class LoopBindings {
 public:
  static constexpr int kSingle = 0;  // an axis of extent 1 has no loop: its index is 0

  explicit LoopBindings(const NestBuilder& draft) : draft_(draft) {}

  void bind(const te::Axis& axis, int loop) { loops_[axis.id] = loop; }
  // Axes of extent 1 stay bound.
  void unbind(std::span<const te::Axis> axes);
  bool are_bound(const AxisIds& axes) const;
  int loop(int64_t axis) const { return loops_.at(axis); }
  // The deepest of the axes' loops.
  int deepest(const AxisIds& axes) const;

 private:
  const NestBuilder& draft_;
  std::unordered_map<int64_t, int> loops_;  // by axis
};

}  // namespace mycel::codegen::schedule
