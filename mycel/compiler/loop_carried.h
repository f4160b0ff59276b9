// The values that a loop carries from one iteration to the next.
#pragma once

#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/base/reused_row.h"

namespace mycel::compiler {

// Double-buffers the carried values: an iteration reads one set of buffers and writes the other.
class Carried {
 public:
  // Adds a value with its layouts before the loop, as the body yields it, and after the loop.
  void add(backends::Backend& backend, const backends::Operand& initial,
           const backends::Operand& yielded, const backends::Operand& result);
  size_t size() const { return bytes_.size(); }
  int64_t scratch_bytes() const;

  struct State {
    explicit State(size_t size) : now(size), next(size) {}
    ReusedRow<char*> now, next;
  };
  // Copies the initial values into `state`, whose buffers are taken from the front of `scratch`.
  void begin(State& state, char* const* initial, char*& scratch,
             const backends::Stream& stream) const;
  void advance(State& state, const backends::Stream& stream) const;
  void end(const State& state, char* const* results, const backends::Stream& stream) const;

 private:
  std::vector<backends::KernelPtr> entry_, between_, exit_;  // between: null if a swap suffices
  std::vector<int64_t> bytes_;
};

}  // namespace mycel::compiler
