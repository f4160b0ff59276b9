// Memory planning: where every value of an ordered function lies.
#pragma once

#include <cstdint>
#include <vector>

#include "mycel/ir/memory_plan.h"

namespace mycel::passes {

// What planning must know of the function beside its text: sizes and sharing that the chosen
// kernels and layouts decide.
struct MemoryRequest {
  std::vector<int64_t> bytes;    // by value id; 0: takes no memory
  std::vector<int> view_of;      // by value id: the value whose memory it shares, or -1
  std::vector<int64_t> scratch;  // by operation id
  std::vector<bool> raises;      // by operation id: whether it may
  // A result that may overwrite an operand which dies there: the kernel reads every element of the
  // operand before it writes that element of the result.
  struct InPlace {
    uint32_t operation;
    uint32_t operand;
    uint32_t result;
  };
  std::vector<InPlace> in_place;
  // Pairs (argument, result of the function) of equal size and layout that the caller would like to
  // share one buffer (a variable and its new value). Granted in `MemoryPlan::donor` where every
  // read of the argument comes before the result is written, or in place with it, and nothing may
  // raise any more: the argument must outlive an error.
  struct Donation {
    uint32_t argument;
    uint32_t result;
  };
  std::vector<Donation> donations;
  bool apart = false;  // values share nothing, at any time, whatever else is asked for
};

// Only the operations of the function's body take part (control flow asks for scratch). Results of
// the function get a Place::kOutput, views of the arena as results are not allowed (prepare copies
// them first). Best of several packers; offsets are multiples of 64.
ir::MemoryPlan plan_memory(const ir::Function& function, const MemoryRequest& request);

}  // namespace mycel::passes
