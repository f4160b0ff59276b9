// Tensors made without operands: constants, ranges, the identity.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Full {
  Dims shape = {};
  ir::Scalar value = 0.0;
  DType dtype = kDefaultFloat;
};
struct Constant {
  NDArray value;
};
// start, start + step, ...: `length` numbers.
struct Arange {
  Dim length = 0;
  ir::Scalar start = int64_t{0};
  ir::Scalar step = int64_t{1};
  DType dtype = kDefaultInt;
};
struct Eye {
  Dims shape = {0, 0};
  DType dtype = kDefaultFloat;
};
// A size as a 0-d tensor: a symbolic one is known only when the program runs.
struct SizeOf {
  Dims size = {1};
  DType dtype = kDefaultFloat;
};

// Tensors on the context's device.
Tensor full(const Dims& shape, const ir::Scalar& value, DType dtype);
Tensor zeros(const Dims& shape, DType dtype = kDefaultFloat);
Tensor ones(const Dims& shape, DType dtype = kDefaultFloat);
Tensor constant(const NDArray& value);
Tensor arange(Dim length, DType dtype = kDefaultInt);
Tensor eye(Dim rows, Dim columns, DType dtype = kDefaultFloat);

// Whether the dtype holds the number; an integer dtype holds whole ones in its range.
bool holds(DType dtype, const ir::Scalar& value);

// Tensors of the type and on the device of `x`.
Tensor full_like(const Tensor& x, const ir::Scalar& value);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
// A 0-d tensor on the device of `x`.
Tensor scalar_like(const Tensor& x, const ir::Scalar& value, DType dtype);
// The number of elements along some dims of `x`, as a 0-d tensor of its dtype.
Tensor size_along(const Tensor& x, const Ints& axes);

void define_creation();

}  // namespace mycel
