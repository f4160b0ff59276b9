// Optimiser rules: one update of a parameter by SGD, Adadelta or AdamW.
//
// Numbers (learning rate, momentum, ...) are 0-d operands of `number_dtype(parameter.dtype())`, so
// that a schedule does not change the program. `call_n(rule, parameter, gradient, slots...,
// numbers...)` returns the new parameter and the new slots; `step` is the number of earlier
// updates.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Numbers: lr, weight_decay.
struct SgdUpdate {};
// Slot: momentum buffer. Numbers: lr, weight_decay, momentum, dampening, step.
struct SgdMomentumUpdate {
  bool nesterov = false;
};
// Slots: means of squared gradients and of squared updates. Numbers: lr, rho, eps, weight_decay.
struct AdadeltaUpdate {};
// Slots: means of gradients and of their squares. Numbers: lr, beta1, beta2, eps, weight_decay,
// step.
struct AdamWUpdate {};

// The dtype in which updates compute: float32 for 16-bit floats, else the parameter's.
DType number_dtype(DType parameter);

void define_optimizer();

}  // namespace mycel
