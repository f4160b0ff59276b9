// Integers and bools, bit by bit.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

Tensor bitwise_not(const Tensor& x);
Tensor bitwise_and(const Tensor& a, const Tensor& b);
Tensor bitwise_or(const Tensor& a, const Tensor& b);
Tensor bitwise_xor(const Tensor& a, const Tensor& b);
Tensor bitwise_left_shift(const Tensor& x, const Tensor& bits);
Tensor bitwise_right_shift(const Tensor& x, const Tensor& bits);

void define_bitwise();

}  // namespace mycel
