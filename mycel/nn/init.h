// Initial parameters of layers, drawn from the default generator.
#pragma once

#include "mycel/api.h"

namespace mycel::nn {

// Uniform in (-1/sqrt(fan_in), 1/sqrt(fan_in)): weights and biases of Linear and Conv2d. This is He
// et al. 2015 (doi.org/10.1109/ICCV.2015.123) with the gain of a leaky ReLU of slope sqrt(5), as in
// PyTorch. A fan_in of 0 gives zeros.
Tensor uniform_by_fan_in(const Dims& shape, int64_t fan_in, DType dtype = kDefaultFloat);

}  // namespace mycel::nn
