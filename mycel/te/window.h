// Windows that slide over a dim: which element belongs to which place.
#pragma once

#include <vector>

#include "mycel/te/formula.h"

namespace mycel::te {

// The element of one dim that a window at position `out` reads at its element `k`, and whether it
// is inside (null: it always is).
struct WindowElement {
  Expr index;
  Expr inside;
};
WindowElement window_element(const Axis& out, const Axis& k, Dim size, int64_t stride,
                             int64_t pad_before, bool padded, int64_t dilation);
// The position of the window that reads element `in` at its element `k`, if there is one.
WindowElement window_position(const Axis& in, const Axis& k, Dim positions, int64_t stride,
                              int64_t pad_before, int64_t dilation);

// Reductions over a window's elements, row by row. Small windows are written out: their extents
// belong to the operation, not to a shape, and a loop of two steps costs more than its body.
Expr window_sum(const std::vector<Axis>& window, const Expr& body);
// The first maximum, NaN being the largest, and its `place` (int64), cast to `place_dtype`.
struct WindowMaximum {
  Expr value, place;
};
WindowMaximum window_maximum(const std::vector<Axis>& window, const Expr& value, const Expr& place,
                             DType place_dtype);

// Both hold; null is true.
Expr both(Expr a, Expr b);
// The element, or 0 where `inside` is false.
Expr load_inside(const Operand& x, Expr inside, std::vector<Expr> indices);

}  // namespace mycel::te
