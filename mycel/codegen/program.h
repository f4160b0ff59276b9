// The program of a kernel: calls of generated functions, in stages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mycel/codegen/llvm/kernel_abi.h"
#include "mycel/codegen/schedule.h"

namespace mycel::codegen {

// One nest with its arguments. Its work is divided into units of about equal time: ranges of one
// loop's iterations, or chunks of reductions.
struct Task {
  NestFunction function = nullptr;
  IndexedVector<schedule::ArgumentId, int64_t> arguments;
  schedule::LoopId split = schedule::kNoLoop;  // the loop that is divided; kNoLoop: one unit
  int64_t extent = 1;                          // of that loop
  int64_t step = 1;                            // its iterations per unit
  int64_t units = 1;
  int chunks = 1;
  int64_t first_unit = 0;  // among the units of the stage
};

struct ProgramStage {
  std::vector<Task> tasks;
  int64_t units = 0;
  int64_t grain = 0;  // the fewest units worth a thread
};

struct Program {
  std::vector<ProgramStage> stages;
  int64_t scratch_bytes = 0;
  bool checks = false;    // some nest can report an index out of range
  bool is_small = false;  // one task, on the calling thread
  std::vector<te::InPlace> in_place;
  std::string description;

  void run(void* const* buffers, void* scratch) const;
};

// Divides the works of a schedule into units. `functions`: one per work, stage after stage.
Program make_program(const schedule::Schedule& schedule, const std::vector<NestFunction>& functions,
                     int threads);

}  // namespace mycel::codegen
