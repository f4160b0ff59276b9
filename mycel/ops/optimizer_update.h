// Optimiser rules: one update of a parameter by SGD, Adadelta or AdamW.
//
// Numbers (learning rate, momentum, ...) are 0-d operands of `number_dtype(parameter.dtype())`, so
// that a schedule does not change the program.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

struct SgdUpdate {};
struct SgdMomentumUpdate {
  bool nesterov = false;
};
struct AdadeltaUpdate {};
struct AdamWUpdate {};

// The dtype in which updates compute: float32 for 16-bit floats, else the parameter's.
DType number_dtype(DType parameter);

struct SgdNumbers {
  Tensor lr, weight_decay;
};
// Returns the new parameter.
Tensor sgd_update(const Tensor& parameter, const Tensor& gradient, const SgdNumbers& numbers);

struct SgdMomentumNumbers {
  Tensor lr, weight_decay, momentum, dampening;
  Tensor step;  // the number of earlier updates
};
// Returns the new parameter and momentum buffer.
Tensors sgd_momentum_update(const Tensor& parameter, const Tensor& gradient, const Tensor& buffer,
                            const SgdMomentumNumbers& numbers, SgdMomentumUpdate options = {});

struct AdadeltaNumbers {
  Tensor lr, rho, eps, weight_decay;
};
// Returns the new parameter, mean of squared gradients, and mean of squared updates.
Tensors adadelta_update(const Tensor& parameter, const Tensor& gradient, const Tensor& square_avg,
                        const Tensor& acc_delta, const AdadeltaNumbers& numbers);

struct AdamWNumbers {
  Tensor lr, beta1, beta2, eps, weight_decay;
  Tensor step;  // the number of earlier updates
};
// Returns the new parameter, mean of gradients, and mean of squared gradients.
Tensors adam_w_update(const Tensor& parameter, const Tensor& gradient, const Tensor& exp_avg,
                      const Tensor& exp_avg_sq, const AdamWNumbers& numbers);

void define_optimizer();

}  // namespace mycel
