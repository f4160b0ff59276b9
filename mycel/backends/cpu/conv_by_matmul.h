// The gradient of a convolution's input as a matrix product (gradient times weights gives what
// every window adds to the image) and a sum of the overlapping windows (col2im).
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// Of conv2d_input_gradient, float32 without groups. It wins where the image has few channels, or a
// number of them that leaves the direct convolution's vectors half empty: a product's columns are
// channels times kernel elements.
const Implementation& conv2d_input_gradient_by_matmul();

}  // namespace mycel::backends::cpu
