// Convolutions on the CPU: the kernel library's, for float32 and bfloat16, with channels last. A
// weight comes row-major and is packed at each call.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

const Implementation& library_conv2d();
const Implementation& library_conv2d_input_gradient();
const Implementation& library_conv2d_weight_gradient();

}  // namespace mycel::backends::cpu
