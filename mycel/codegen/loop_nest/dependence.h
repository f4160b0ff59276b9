// The loops that the values of a nest under construction depend on.
#pragma once

#include <cstdint>
#include <vector>

#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

class Dependence {
 public:
  explicit Dependence(const NestBuilder& draft);
  // Adds the builder's new values.
  void update();

  // The number of loops from the root down.
  int depth(LoopId loop) const { return depths_[loop]; }
  // The deepest loop that the value depends on, and the depths of all.
  LoopId level(ValueId value) const { return facts_[value].level; }
  uint64_t depths(ValueId value) const { return facts_[value].depths; }
  bool depends(ValueId value, LoopId loop) const {
    return depths(value) >> depth(loop) & 1 && contains(loop, level(value));
  }
  // Whether `inner` is `outer` or inside it.
  bool contains(LoopId outer, LoopId inner) const;
  // The values that were used when this was constructed, operands first.
  const std::vector<ValueId>& used() const { return used_; }

 private:
  struct Facts {
    LoopId level = kRootLoop;
    uint64_t depths = 0;
  };
  void add(Facts& to, ValueId value) const;
  Facts facts(const Value& value) const;
  void find_used();

  const NestBuilder& draft_;
  IndexedVector<LoopId, int> depths_;
  IndexedVector<ValueId, Facts> facts_;
  std::vector<ValueId> used_;
};

}  // namespace mycel::codegen::schedule
