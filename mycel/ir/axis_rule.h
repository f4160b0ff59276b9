// How the dimensions of an operation relate: which may be split, and how parts are put together.
// Tests compare every operation with its rule; no pass splits operations yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mycel/core/dim.h"

namespace mycel::ir {

enum class AxisKind : uint8_t {
  kParallel,  // every index is independent: split and join
  kReduced,   // split, then combine the partial results
  kWhole,     // must not be split
  kHalo,      // parallel, but a block reads beyond its border (windows)
  kIndexed,   // an operand's dim that another operand's values index (gather, scatter)
};

// How partial results of a reduced axis combine.
enum class Combine : uint8_t { kNone, kSum, kProduct, kMax, kMin, kAnd, kOr };

struct Axis {
  AxisKind kind = AxisKind::kWhole;
  Dim extent = 1;
  // The dim of each operand / result that runs along this axis, or -1 (absent, or broadcast).
  std::vector<int> operand_dims;
  std::vector<int> result_dims;
  Combine combine = Combine::kNone;  // of kReduced
  // The entry of a shape attribute that holds this axis's extent ("shape", 1), or "": splitting
  // the axis changes it too.
  std::string attribute;
  int attribute_index = -1;
  std::string reason;  // of kWhole: why, when it is provably parallel
};

struct AxisRule {
  std::vector<Axis> axes;
};

std::string to_string(const AxisRule& rule);  // "m k, k n -> m n  (k: sum)"

}  // namespace mycel::ir
