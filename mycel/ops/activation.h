// Smooth activation functions, relu, and glu; activation_linear.h has those of straight pieces.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

enum class GeluApproximation : uint8_t { kNone, kTanh };

Tensor relu(const Tensor& x);
Tensor gelu(const Tensor& x, GeluApproximation approximate = GeluApproximation::kNone);
// x * sigmoid(x)
Tensor silu(const Tensor& x);
// x * tanh(softplus(x))
Tensor mish(const Tensor& x);
// log(1 + exp(beta * x)) / beta, and x where beta * x is above the threshold.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
Tensor softsign(const Tensor& x);
Tensor logsigmoid(const Tensor& x);
// x above 0; below, alpha * (exp(x) - 1), alpha * (exp(x / alpha) - 1), and elu scaled.
Tensor elu(const Tensor& x, double alpha = 1);
Tensor celu(const Tensor& x, double alpha = 1);
Tensor selu(const Tensor& x);
// The first half along a dim, times the sigmoid of the second.
Tensor glu(const Tensor& x, int64_t dim = -1);

void define_activation();

}  // namespace mycel
