// Windows that slide over the last two dims of a tensor (convolution, pooling).
#pragma once

#include <string_view>

#include "mycel/te/formula.h"
#include "mycel/tensor/define.h"

namespace mycel {

// One number for both spatial dims, or two. Raises ValueError for other counts and values below
// `least`.
Ints pair_of(const Ints& values, std::string_view op, std::string_view what, int64_t least = 1);

// How many positions a window of `kernel` elements has.
Dim window_positions(Dim size, Dim kernel, int64_t stride, int64_t pad_before, int64_t pad_after,
                     int64_t dilation);

// The element of one dim that a window at position `out` reads at its element `k`, and whether it
// is inside (null: it always is).
struct WindowElement {
  te::Expr index;
  te::Expr inside;
};
WindowElement window_element(const te::Axis& out, const te::Axis& k, Dim size, int64_t stride,
                             int64_t pad_before, bool padded, int64_t dilation);
// The position of the window that reads element `in` at its element `k`, if there is one.
WindowElement window_position(const te::Axis& in, const te::Axis& k, Dim positions, int64_t stride,
                              int64_t pad_before, int64_t dilation);

// Both hold; null is true.
te::Expr both(te::Expr a, te::Expr b);
// The element, or 0 where `inside` is false.
te::Expr load_inside(const te::Operand& x, te::Expr inside, std::vector<te::Expr> indices);

}  // namespace mycel
