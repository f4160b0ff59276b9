#include "mycel/compiler/loop_carried.h"

#include "mycel/compiler/copy.h"
#include "mycel/compiler/layout.h"
#include "mycel/passes/memory/pack_arena.h"

namespace mycel::compiler {

using backends::Stream;
using runtime::Spec;

void Carried::add(backends::Backend& backend, const Spec& initial, const Spec& yielded,
                  const Spec& result) {
  Spec inside{result.dtype, result.shape, row_major(result.shape), false};
  entry_.push_back(copy_kernel(backend, initial, inside));
  between_.push_back(yielded.strides == inside.strides ? nullptr
                                                       : copy_kernel(backend, yielded, inside));
  exit_.push_back(copy_kernel(backend, inside, result));
  bytes_.push_back(passes::aligned(bytes_of(inside)));
}

int64_t Carried::scratch_bytes() const {
  int64_t sum = 0;
  for (int64_t bytes : bytes_) sum += 2 * bytes;
  return sum;
}

void Carried::begin(State& state, char* const* initial, char*& scratch,
                    const Stream& stream) const {
  for (size_t i = 0; i < size(); ++i) {
    state.now[i] = scratch;
    state.next[i] = scratch + bytes_[i];
    scratch += 2 * bytes_[i];
    run_copy(entry_[i], initial[i], state.now[i], stream);
  }
}

void Carried::advance(State& state, const Stream& stream) const {
  for (size_t i = 0; i < size(); ++i) {
    if (between_[i]) {
      run_copy(between_[i], state.next[i], state.now[i], stream);
    } else {
      std::swap(state.now[i], state.next[i]);
    }
  }
}

void Carried::end(const State& state, char* const* results, const Stream& stream) const {
  for (size_t i = 0; i < size(); ++i) run_copy(exit_[i], state.now[i], results[i], stream);
}

}  // namespace mycel::compiler
