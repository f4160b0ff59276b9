// The values that a loop carries from one iteration to the next.
#pragma once

#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/base/reused_row.h"

namespace mycel::compiler {

// In two sets of buffers: an iteration reads one and writes the other.
class Carried {
 public:
  // `initial`, `yielded`, `result`: how a value lies before the loop, where the body leaves it, and
  // after the loop.
  void add(backends::Backend& backend, const backends::Operand& initial,
           const backends::Operand& yielded, const backends::Operand& result);
  size_t size() const { return bytes_.size(); }
  int64_t scratch_bytes() const;

  struct State {
    explicit State(size_t size) : now(size), next(size) {}
    ReusedRow<char*> now, next;
  };
  // Fills `state`, which takes its buffers from the front of `scratch`.
  void begin(State& state, char* const* initial, char*& scratch,
             const backends::Stream& stream) const;
  void advance(State& state, const backends::Stream& stream) const;
  void end(const State& state, char* const* results, const backends::Stream& stream) const;

 private:
  std::vector<backends::KernelPtr> entry_, between_, exit_;  // between: nullptr where a swap does
  std::vector<int64_t> bytes_;
};

}  // namespace mycel::compiler
