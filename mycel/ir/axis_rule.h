// AxisRule: which dims of operands and results correspond, which may be split, how parts combine.
// Tests check every operation against its rule; no pass splits operations yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mycel/core/dim.h"

namespace mycel::ir {

enum class AxisKind : uint8_t {
  kParallel,  // every index is independent: split, then concatenate
  kReduced,   // split, then combine the partial results
  kWhole,     // must not be split
  kHalo,      // parallel, but a block reads beyond its border (windows)
  kIndexed,   // an operand dim indexed by the values of another operand (gather, scatter)
};

// The operation that combines the partial results of a reduced axis.
enum class Combine : uint8_t { kNone, kSum, kProduct, kMax, kMin, kAnd, kOr };

struct Axis {
  AxisKind kind = AxisKind::kWhole;
  Dim extent = 1;
  // Per operand / result: the dim that runs along this axis, or -1 (absent, or broadcast).
  std::vector<int> operand_dims;
  std::vector<int> result_dims;
  Combine combine = Combine::kNone;  // kReduced only
  // The entry of a shape attribute that holds this axis's extent ("shape", 1), or "". Splitting the
  // axis changes it too.
  std::string attribute;
  int attribute_index = -1;
  std::string reason;  // kWhole: why, if the axis is provably parallel
};

struct AxisRule {
  std::vector<Axis> axes;
};

std::string to_string(const AxisRule& rule);  // "m k, k n -> m n  (k: sum)"

}  // namespace mycel::ir
