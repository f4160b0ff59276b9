// Plans the memory of an ordered function: the place of every value.
#pragma once

#include <cstdint>
#include <vector>

#include "mycel/ir/memory_plan.h"

namespace mycel::passes {

// The input of planning besides the function: sizes and sharing, which the chosen kernels and
// layouts determine.
struct MemoryRequest {
  std::vector<int64_t> bytes;    // by value id; 0: takes no memory
  std::vector<int> view_of;      // by value id: the value whose memory it shares, or -1
  std::vector<int64_t> scratch;  // by operation id
  std::vector<bool> raises;      // by operation id: whether it may
  // A result that may overwrite an operand that dies there: the kernel reads every element of the
  // operand before it writes that element of the result.
  struct InPlace {
    uint32_t operation;
    uint32_t operand;
    uint32_t result;
  };
  std::vector<InPlace> in_place;
  // Pairs (argument, result of the function) of equal size and layout that the caller would like to
  // share one buffer (a variable and its new value). Granted in `MemoryPlan::donor` if every read
  // of the argument comes before the result is written, or in place with it, and no operation from
  // there on may raise: the argument must survive an error.
  struct Donation {
    uint32_t argument;
    uint32_t result;
  };
  std::vector<Donation> donations;
  bool apart = false;  // values never share memory, whatever else is requested
};

// Plans the function's top-level region; an `if`, `while`, `scan` or `call` is one operation, whose
// inner memory is its scratch. Results of the function get a Place::kOutput; views of the arena are
// not allowed as results (prepare copies them first). Takes the best of several packers; offsets
// are multiples of 64.
ir::MemoryPlan plan_memory(const ir::Function& function, const MemoryRequest& request);

}  // namespace mycel::passes
