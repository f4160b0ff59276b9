// Analyzes the addresses of loads and stores as affine functions of the loops.
#pragma once

#include <cstdint>
#include <vector>

#include "mycel/codegen/analysis/schedule_input.h"

namespace mycel::codegen::schedule {

// offset + sum of axis * stride + sum of index * stride, in elements.
struct AffineAccess {
  int64_t offset = 0;
  struct AxisTerm {
    int64_t axis;
    int64_t stride;
  };
  std::vector<AxisTerm> axes;
  // Non-affine indices: quotients, remainders, values read from data.
  struct IndexTerm {
    te::Expr index;
    int64_t stride;
  };
  std::vector<IndexTerm> indices;
  // Indices read from data, which may be out of range.
  struct Check {
    te::Expr index;
    int64_t extent;
  };
  std::vector<Check> checks;

  int64_t stride_of(int64_t axis) const;
};

AffineAccess analyze_load(const te::Node& load, const ScheduleInput& problem);
AffineAccess analyze_target(const Target& target, const ScheduleInput& problem);

}  // namespace mycel::codegen::schedule
