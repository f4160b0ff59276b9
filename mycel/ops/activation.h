// Activation functions: relu and gelu.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

enum class GeluApproximation : uint8_t { kNone, kTanh };

Tensor relu(const Tensor& x);
Tensor gelu(const Tensor& x, GeluApproximation approximate = GeluApproximation::kNone);

void define_activation();

}  // namespace mycel
