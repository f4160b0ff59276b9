// Scalar functions, reductions and moves over blocks of values ("lanes"), for the interpreter.
#pragma once

#include <cstdint>

#include "mycel/te/expr.h"

namespace mycel::te {

// out[i] = fn(operands[0][i], ...) for i in [0, count); `out` must not be an operand.
using LaneFunction = void (*)(void* out, const void* const* operands, int64_t count);
// Returns the function on operands of `from` (for a select, the last two) with a result of `to`.
LaneFunction lane_function(Fn fn, DType from, DType to);

// The accumulators of a reduction, one per lane: values, and for an arg-reduction indices.
struct Accumulators {
  void* value;
  int64_t* index = nullptr;
};
// Sets `count` accumulators to the neutral element, and the indices of an arg-reduction to 0.
using StartFunction = void (*)(Accumulators acc, int64_t count);
// Folds values[k * count + i] into acc[i], for k in [0, steps) in order. `first`: nothing has been
// folded before. `running`, for a scan, receives acc after every step.
using FoldFunction = void (*)(Accumulators acc, const void* values, const int64_t* indices,
                              int64_t count, int64_t steps, bool first, void* running);
struct LaneReducer {
  StartFunction start;
  FoldFunction fold;
};
LaneReducer lane_reducer(Reducer reducer, DType dtype);

// Moves elements bitwise.
struct LaneMoves {
  // out[i] = base[offsets[i]] where `mask` (null: everywhere), else 0
  void (*gather)(void* out, const void* base, const int64_t* offsets, const bool* mask,
                 int64_t count);
  // tile: out[i] = in[i % period]; repeat: out[i] = in[i / repeat]
  void (*tile)(void* out, const void* in, int64_t period, int64_t count);
  void (*repeat)(void* out, const void* in, int64_t repeat, int64_t count);
  // base[offsets[i]] = in[i]
  void (*scatter)(void* base, const void* in, const int64_t* offsets, int64_t count);
};
const LaneMoves& lane_moves(DType dtype);

// Writes one element with the value of a kConstant or kExtent node.
void write_constant(const Node& node, void* out);

}  // namespace mycel::te
