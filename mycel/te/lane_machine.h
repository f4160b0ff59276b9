// LaneMachine: runs the instructions of a LaneProgram.
#pragma once

#include <array>
#include <memory>

#include "mycel/te/lane_program.h"

namespace mycel::te {

// The registers of one program and the positions of its loops.
class LaneMachine {
 public:
  // `bases`: the address of element [0, ...] of every array.
  LaneMachine(const LaneProgram& program, char* const* bases);

  // Moves a level's loop to indices [first, first + count), in row-major order of its axes.
  void move(Level level, int64_t first, int64_t count);
  // Runs the instructions of a level at the current loop positions.
  void run(Level level);
  void* data(Register reg) const { return memory_ + program_.registers[static_cast<size_t>(reg)]; }
  int64_t lanes(Level level) const { return lanes_[static_cast<size_t>(level)]; }

 private:
  void execute(const CallLanes& call, Level level);
  void execute(const FillIndices& fill, Level level);
  void execute(const Broadcast& broadcast, Level level);
  void execute(const AddOffsets& add, Level level);
  void execute(const Gather& gather, Level level);
  [[noreturn]] void out_of_range(const LoadInfo& load, Level level, int64_t lane) const;

  template <class T>
  T* at(Register reg) const {
    return static_cast<T*>(data(reg));
  }

  const LaneProgram& program_;
  char* const* bases_;
  std::unique_ptr<char[]> owner_;
  char* memory_;
  std::array<int64_t, kLevels> first_{}, lanes_{1, 1, 1, 1};
};

}  // namespace mycel::te
