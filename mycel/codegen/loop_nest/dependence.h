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
  int depth(int loop) const { return depths_[static_cast<size_t>(loop)]; }
  // The deepest loop that the value depends on, and the depths of all.
  int level(int value) const { return facts_[static_cast<size_t>(value)].level; }
  uint64_t depths(int value) const { return facts_[static_cast<size_t>(value)].depths; }
  bool depends(int value, int loop) const {
    return depths(value) >> depth(loop) & 1 && contains(loop, level(value));
  }
  // Whether `inner` is `outer` or inside it.
  bool contains(int outer, int inner) const;
  // The values that were used when this was constructed, operands first.
  const std::vector<int>& used() const { return used_; }

 private:
  struct Facts {
    int level = 0;
    uint64_t depths = 0;
  };
  void add(Facts& to, int value) const;
  Facts facts(const Value& value) const;
  void find_used();

  const NestBuilder& draft_;
  std::vector<int> depths_;
  std::vector<Facts> facts_;
  std::vector<int> used_;
};

}  // namespace mycel::codegen::schedule
