// Scalar functions on blocks of values ("lanes"), as the interpreter runs them.
#pragma once

#include <cstdint>

#include "mycel/te/expr.h"

namespace mycel::te {

// Values of one dtype; `step` is 1, or 0 for one value that stands for every lane.
struct Lanes {
  void* data = nullptr;
  DType dtype = DType::kFloat32;
  int step = 1;
};

// out[i] = fn(operands[0][i], ...) for i in [0, count).
void apply(Fn fn, const Lanes& out, const Lanes* operands, int64_t count);
// acc[i] = acc[i] combined with value[i], where mask[i] (null: everywhere).
void combine(Reducer reducer, const Lanes& acc, const Lanes& value, int64_t count);
// For kArgMax and kArgMin: (acc, index) against (value, at).
void combine_arg(Reducer reducer, const Lanes& acc, const Lanes& index, const Lanes& value,
                 const Lanes& at, int64_t count);
// The neutral element of a reduction.
void fill_neutral(Reducer reducer, const Lanes& acc, int64_t count);
void fill_constant(const Node& constant, const Lanes& out, int64_t count);

}  // namespace mycel::te
