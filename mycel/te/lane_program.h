// LaneProgram: the bodies of one stage as a flat list of instructions over lanes.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "mycel/core/shape.h"
#include "mycel/te/lanes.h"
#include "mycel/te/stages.h"

namespace mycel::te {

struct ArrayInfo {
  DType dtype;
  Shape shape;
  Strides strides;
};

// The axes of the stage that a value depends on. A kFree value is computed in one lane per index of
// the free axes in the current block (lane f), a kReduced value in one per index of the reduced
// axes (lane k), a kBoth value in one per pair (lane k * block + f).
enum class Level : uint8_t { kUniform = 0, kFree = 1, kReduced = 2, kBoth = 3 };
inline Level operator|(Level a, Level b) {
  return static_cast<Level>(static_cast<int>(a) | static_cast<int>(b));
}
inline constexpr size_t kLevels = 4;
// The maximum number of lanes of a value, and the capacity of every register.
inline constexpr int64_t kMaxLanes = 256;

using Register = int;

struct CallLanes {
  LaneFunction function;
  Register out;
  std::vector<Register> operands;
};
// The indices of an axis: lane l holds (first + l) / inner % extent.
struct FillIndices {
  Register out;
  Level level;
  int64_t inner, extent;
};
// Repeats a value for a deeper level.
struct Broadcast {
  const LaneMoves* moves;
  Register out, in;
  Level from, to;
};
// One index of a load.
struct LoadIndex {
  Register index;
  Level level;
  int64_t extent, stride;
  size_t dim;
};
// Sums index * stride over the indices of a load that have one level. For a load under a predicate,
// `ok` receives whether they are in range; otherwise (ok < 0) an index out of range is an error.
struct AddOffsets {
  Register offset, ok;
  Level level;
  int load;
};
// Loads at the sum of `offsets`, at the load's level. Lanes with a true predicate must be in `oks`.
struct Gather {
  const LaneMoves* moves;
  Register out, predicate;  // predicate: -1 if there is none
  Register scratch_offset;
  std::vector<Register> offsets, oks;
  Level level;
  int array;
  int load;
};
using Instruction = std::variant<CallLanes, FillIndices, Broadcast, AddOffsets, Gather>;

struct LoadInfo {
  int array;
  bool indirect;  // an index comes from data
  std::vector<LoadIndex> indices;
};

struct LaneProgram {
  std::vector<Instruction> code[kLevels];  // by level: run when the level moves
  std::vector<size_t> registers;           // byte offset of each in the frame
  size_t frame_bytes = 0;
  std::vector<std::pair<Register, const Node*>> constants;
  std::vector<LoadInfo> loads;
  std::vector<Register> results;  // of the bodies, at `result_level`
  Level result_level = Level::kFree;
};

// `stage` must outlive the program.
LaneProgram compile_lanes(const Stage& stage, const std::vector<ArrayInfo>& arrays);

}  // namespace mycel::te
