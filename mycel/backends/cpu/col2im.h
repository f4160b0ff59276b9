// Sums overlapping windows, the second step of a convolution's input gradient by matrix product.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// Sizes of a convolution without groups, in its forward direction.
struct ConvSizes {
  int64_t images, channels, height, width;
  int64_t outputs, out_height, out_width;
  int64_t kernel_height, kernel_width;
  int64_t stride[2], padding[2], dilation[2];

  // The elements of one window.
  int64_t window() const { return kernel_height * kernel_width * channels; }
};

// Operands: columns float32[images, out_height, out_width, kernel_height, kernel_width, channels],
// the image gradient float32[images, height, width, channels], both dense in that order. Each
// element of the image is the sum of the window elements over it, in the kernel's order.
KernelPtr make_col2im(const ConvSizes& sizes);

}  // namespace mycel::backends::cpu
