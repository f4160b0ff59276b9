// Scalar functions over blocks of values ("lanes"), as the interpreter runs them.
#pragma once

#include <cstdint>

#include "mycel/te/expr.h"

namespace mycel::te {

// out[i] = fn(operands[0][i], ...) for i in [0, count); `out` is none of the operands.
using LaneFunction = void (*)(void* out, const void* const* operands, int64_t count);
// The function for operands of `from` (of a select, its last ones) and a result of `to`.
LaneFunction lane_function(Fn fn, DType from, DType to);

// What a reduction keeps per lane: a value, and the index of an arg-reduction.
struct Accumulators {
  void* value;
  int64_t* index = nullptr;
};
// Sets `count` accumulators to the neutral element; of an arg-reduction, the index to 0.
using StartFunction = void (*)(Accumulators acc, int64_t count);
// Takes values[k * count + i] into acc[i], for k in [0, steps) in order. `first`: the accumulators
// have taken nothing yet. `running`, of a scan, receives acc after every step.
using FoldFunction = void (*)(Accumulators acc, const void* values, const int64_t* indices,
                              int64_t count, int64_t steps, bool first, void* running);
struct LaneReducer {
  StartFunction start;
  FoldFunction fold;
};
LaneReducer lane_reducer(Reducer reducer, DType dtype);

// Moves elements of `dtype` by their bits.
struct LaneMoves {
  // out[i] = base[offsets[i]] where `mask` (null: everywhere), else 0
  void (*gather)(void* out, const void* base, const int64_t* offsets, const bool* mask,
                 int64_t count);
  // out[i] = in[i % period] for the first form, in[i / repeat] for the second
  void (*tile)(void* out, const void* in, int64_t period, int64_t count);
  void (*repeat)(void* out, const void* in, int64_t repeat, int64_t count);
  // base[offsets[i]] = in[i]
  void (*scatter)(void* base, const void* in, const int64_t* offsets, int64_t count);
};
const LaneMoves& lane_moves(DType dtype);

// One element of a kConstant or kExtent node.
void write_constant(const Node& node, void* out);

}  // namespace mycel::te
