// Signs and special values of floats: infinities, NaN, -0.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

Tensor isnan(const Tensor& x);
Tensor isfinite(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isposinf(const Tensor& x);
Tensor isneginf(const Tensor& x);
Tensor signbit(const Tensor& x);
Tensor copysign(const Tensor& size, const Tensor& sign);
// The number of the dtype that is next to x on the way to `to`.
Tensor nextafter(const Tensor& x, const Tensor& to);

// Whether the elements are close: |a - b| <= atol + rtol * |b|, or equal, or both NaN if
// `equal_nan`.
struct IsClose {
  double rtol = 1e-5;
  double atol = 1e-8;
  bool equal_nan = false;
};
Tensor isclose(const Tensor& a, const Tensor& b, const IsClose& options = {});

void define_float_class();

}  // namespace mycel
