// gather and scatter_add: read and add along one dim at positions given by a tensor.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// out[i, j] = x[index[i, j], j] for dim 0.
Tensor gather(const Tensor& x, int64_t dim, const Tensor& index);
// x with out[index[i, j], j] += values[i, j] for dim 0.
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& values);
// Adds a dim of extent `size` at `dim`, where each element of x is at its index, with zeros
// elsewhere.
Tensor place(const Tensor& x, const Tensor& index, int64_t dim, Dim size);

void define_gather();

}  // namespace mycel
