#include "mycel/te/lane_machine.h"

#include <algorithm>

namespace mycel::te {
namespace {

constexpr size_t kAlignment = 64;

}  // namespace

LaneMachine::LaneMachine(const LaneProgram& program, char* const* bases)
    : program_(program), bases_(bases), owner_(new char[program.frame_bytes + kAlignment]) {
  auto address = reinterpret_cast<uintptr_t>(owner_.get());
  memory_ = owner_.get() + (kAlignment - address % kAlignment);
  for (const auto& [reg, node] : program.constants) write_constant(*node, data(reg));
}

void LaneMachine::move(Level level, int64_t first, int64_t count) {
  first_[static_cast<size_t>(level)] = first;
  lanes_[static_cast<size_t>(level)] = count;
  lanes_[static_cast<size_t>(Level::kBoth)] = lanes(Level::kFree) * lanes(Level::kReduced);
}

void LaneMachine::run(Level level) {
  for (const Instruction& instruction : program_.code[static_cast<size_t>(level)]) {
    std::visit([&](const auto& what) { execute(what, level); }, instruction);
  }
}

void LaneMachine::execute(const CallLanes& call, Level level) {
  const void* operands[3];
  for (size_t i = 0; i < call.operands.size(); ++i) operands[i] = data(call.operands[i]);
  call.function(data(call.out), operands, lanes(level));
}

void LaneMachine::execute(const FillIndices& fill, Level level) {
  int64_t first = first_[static_cast<size_t>(level)];
  int64_t index = first / fill.inner % fill.extent, inside = first % fill.inner;
  int64_t* out = at<int64_t>(fill.out);
  for (int64_t i = 0; i < lanes(level); ++i) {
    out[i] = index;
    if (++inside < fill.inner) continue;
    inside = 0;
    if (++index == fill.extent) index = 0;
  }
}

// A uniform value fills the register. A kFree value fills as much as the current block can use,
// because it stays while the reduced axes move.
void LaneMachine::execute(const Broadcast& broadcast, Level) {
  void *out = data(broadcast.out), *in = data(broadcast.in);
  int64_t block = lanes(Level::kFree);
  if (broadcast.from == Level::kUniform) {
    broadcast.moves->tile(out, in, 1, kMaxLanes);
  } else if (broadcast.from == Level::kFree) {
    broadcast.moves->tile(out, in, block, kMaxLanes / block * block);
  } else {
    broadcast.moves->repeat(out, in, block, lanes(Level::kBoth));
  }
}

void LaneMachine::execute(const AddOffsets& add, Level level) {
  const LoadInfo& load = program_.loads[static_cast<size_t>(add.load)];
  int64_t count = lanes(level);
  int64_t* __restrict offset = at<int64_t>(add.offset);
  std::fill(offset, offset + count, int64_t{0});
  if (add.ok >= 0) std::fill(at<bool>(add.ok), at<bool>(add.ok) + count, true);
  for (const LoadIndex& term : load.indices) {
    if (term.level != add.level) continue;
    const int64_t* __restrict index = at<int64_t>(term.index);
    uint64_t extent = static_cast<uint64_t>(term.extent);
    if (add.ok >= 0) {
      bool* __restrict ok = at<bool>(add.ok);
      for (int64_t i = 0; i < count; ++i) {
        bool inside = static_cast<uint64_t>(index[i]) < extent;
        ok[i] &= inside;
        // An unused index must not overflow either.
        offset[i] += inside ? index[i] * term.stride : 0;
      }
      continue;
    }
    uint64_t outside = 0;
    for (int64_t i = 0; i < count; ++i) {
      outside |= static_cast<uint64_t>(static_cast<uint64_t>(index[i]) >= extent);
      offset[i] += static_cast<int64_t>(static_cast<uint64_t>(index[i]) *
                                        static_cast<uint64_t>(term.stride));
    }
    if (outside) {
      int64_t lane = 0;
      while (static_cast<uint64_t>(index[lane]) < extent) ++lane;
      out_of_range(load, level, lane);
    }
  }
}

void LaneMachine::execute(const Gather& gather, Level level) {
  int64_t count = lanes(level);
  const int64_t* offsets = at<int64_t>(gather.scratch_offset);
  if (gather.offsets.size() == 1) {
    offsets = at<int64_t>(gather.offsets[0]);
  } else {
    int64_t* __restrict sum = at<int64_t>(gather.scratch_offset);
    std::fill(sum, sum + count, int64_t{0});
    for (Register reg : gather.offsets) {
      const int64_t* __restrict part = at<int64_t>(reg);
      for (int64_t i = 0; i < count; ++i) sum[i] += part[i];
    }
  }
  const bool* predicate = nullptr;
  if (gather.predicate >= 0) {
    predicate = at<bool>(gather.predicate);
    for (Register reg : gather.oks) {
      const bool* ok = at<bool>(reg);
      bool missed = false;
      for (int64_t i = 0; i < count; ++i) missed |= predicate[i] & !ok[i];
      if (!missed) continue;
      int64_t lane = 0;
      while (!predicate[lane] || ok[lane]) ++lane;
      out_of_range(program_.loads[static_cast<size_t>(gather.load)], level, lane);
    }
  }
  gather.moves->gather(data(gather.out), bases_[gather.array], offsets, predicate, count);
}

void LaneMachine::out_of_range(const LoadInfo& load, Level level, int64_t lane) const {
  for (const LoadIndex& term : load.indices) {
    if ((term.level | level) != level) continue;  // another part of the address
    int64_t of = lane;
    if (level == Level::kBoth && term.level == Level::kFree) of = lane % lanes(Level::kFree);
    if (level == Level::kBoth && term.level == Level::kReduced) of = lane / lanes(Level::kFree);
    if (term.level == Level::kUniform) of = 0;
    int64_t index = at<int64_t>(term.index)[of];
    if (static_cast<uint64_t>(index) < static_cast<uint64_t>(term.extent)) continue;
    std::string text = fmt::format("index {} is out of range for dim {} of operand {} with size {}",
                                   index, term.dim, load.array, term.extent);
    if (load.indirect) fail(Code::kIndex, "{}", text);
    fail_internal("[te] {}", text);
  }
  fail_internal("[te] an index is out of range");
}

}  // namespace mycel::te
