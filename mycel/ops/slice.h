// Slices: parts of a tensor at regular positions.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// Per dim: the positions start, start + step, ... up to but excluding stop. Negative numbers are
// not counted from the end: with a negative step, stop = -1 means "down to element 0".
struct Slice {
  Dims starts = {};
  Dims stops = {};
  Ints steps = {};
};
struct Unslice {
  Dims starts = {};
  Ints steps = {};
  Dims shape = {};
};
struct SlicePut {
  Dims starts = {};
  Ints steps = {};
};
struct Flip {
  Ints dims = {};
};

Tensor slice(const Tensor& x, const Slice& positions);
// Zeros of a shape with x at the positions of a slice; the gradient of slice.
Tensor unslice(const Tensor& x, const Unslice& positions);
// x with `values` at the positions of a slice.
Tensor slice_put(const Tensor& x, const Tensor& values, const SlicePut& positions);
// Along one dim, as Python's x[start:stop].
Tensor slice_dim(const Tensor& x, int64_t dim, Dim start, Dim stop);
// Returns a copy, not a view.
Tensor flip(const Tensor& x, const Ints& dims);

// A slice of all of x; the caller changes the dims that it cuts.
Slice whole_slice(const Dims& dims);
// The number of positions.
Dim slice_length(Dim start, Dim stop, int64_t step);

void define_slice();

}  // namespace mycel
