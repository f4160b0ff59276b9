// Convolutions on the CPU by oneDNN, for float32 and bfloat16, channels-last.
// Weights are row-major and packed on each call.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

const Implementation& library_conv2d();
const Implementation& library_conv2d_input_gradient();
const Implementation& library_conv2d_weight_gradient();

}  // namespace mycel::backends::cpu
