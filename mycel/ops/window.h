// Attributes of windows that slide over the last two dims of a tensor (convolution, pooling).
#pragma once

#include <string_view>

#include "mycel/define/define.h"
#include "mycel/te/window.h"

namespace mycel {

// One number for both spatial dims, or two. Raises ValueError for other counts and values below
// `least`.
Ints pair_of(const Ints& values, std::string_view op, std::string_view what, int64_t least = 1);

// The number of positions of a window of `kernel` elements.
Dim window_positions(Dim size, Dim kernel, int64_t stride, int64_t pad_before, int64_t pad_after,
                     int64_t dilation);

using te::both;
using te::load_inside;
using te::window_element;
using te::window_position;
using te::WindowElement;

}  // namespace mycel
