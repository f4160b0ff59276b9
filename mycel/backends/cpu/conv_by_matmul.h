// The input gradient of a convolution as a matrix product and col2im.
//
// Gradient times weights gives the contribution of every window to the image; col2im sums the
// overlapping windows.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// Implements conv2d_input_gradient for float32 without groups. Faster if the image has few
// channels, or a number of them that leaves the direct convolution's vectors half empty: the
// columns of the product are channels times kernel elements.
const Implementation& conv2d_input_gradient_by_matmul();

}  // namespace mycel::backends::cpu
