// How the address of a load or store depends on the loops.
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
  // Indices that are not affine: quotients, remainders, values read from data.
  struct IndexTerm {
    te::Expr index;
    int64_t stride;
  };
  std::vector<IndexTerm> indices;
  // Indices that come from data, which may be out of range.
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
