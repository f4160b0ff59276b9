// Sliding windows: index expressions, sums and maxima.
#pragma once

#include <vector>

#include "mycel/te/formula.h"

namespace mycel::te {

// The index along one dim that element `k` of the window at position `out` reads, and whether it is
// inside (null: always).
struct WindowElement {
  Expr index;
  Expr inside;
};
WindowElement window_element(const Axis& out, const Axis& k, Dim size, int64_t stride,
                             int64_t pad_before, bool padded, int64_t dilation);
// The position of the window that reads index `in` at its element `k`, if there is one.
WindowElement window_position(const Axis& in, const Axis& k, Dim positions, int64_t stride,
                              int64_t pad_before, int64_t dilation);

// Reduces over a window's elements in row-major order. Unrolls small windows: their extents belong
// to the operation, not to a shape, and a loop of two steps costs more than its body.
Expr window_sum(const std::vector<Axis>& window, const Expr& body);
// The first maximum, with NaN as the largest, and its `place` (int64), cast to `place_dtype`.
struct WindowMaximum {
  Expr value, place;
};
WindowMaximum window_maximum(const std::vector<Axis>& window, const Expr& value, const Expr& place,
                             DType place_dtype);

// Whether both hold; null is true.
Expr both(Expr a, Expr b);
// The element, or 0 where `inside` is false.
Expr load_inside(const Operand& x, Expr inside, std::vector<Expr> indices);

}  // namespace mycel::te
