// Reductions over some dims, or over all of them.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// No dim, or an empty list: all.
struct Reduce {
  std::optional<Ints> dim = {};
  bool keepdim = false;
};
struct ReduceAs {
  std::optional<Ints> dim = {};
  bool keepdim = false;
  std::optional<DType> dtype = {};
};
struct Var {
  std::optional<Ints> dim = {};
  double correction = 1;
  bool keepdim = false;
};

Tensor sum(const Tensor& x, const ReduceAs& options = {});
Tensor mean(const Tensor& x, const ReduceAs& options = {});
Tensor amax(const Tensor& x, const Reduce& options = {});
Tensor amin(const Tensor& x, const Reduce& options = {});
Tensor any(const Tensor& x, const Reduce& options = {});
Tensor all(const Tensor& x, const Reduce& options = {});
Tensor var(const Tensor& x, const Var& options = {});

// The sum over the dims along which an operand of shape `dims` was broadcast to x's shape.
Tensor sum_to(const Tensor& x, const Dims& dims);

// Resolves a `dim` option to sorted axes: counted from the end if negative, all if there is none.
// Raises IndexError for a dim out of range and ValueError for one that appears twice.
Ints reduced_axes(const std::optional<Ints>& dim, size_t rank, std::string_view op);
// The dims of `dims` without `axes`, or with 1 there.
Dims reduced_dims(const Dims& dims, const Ints& axes, bool keepdim);

void define_reduce();

}  // namespace mycel
