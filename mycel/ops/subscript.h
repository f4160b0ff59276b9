// x[...] and x[...] = v, as NumPy defines them.
#pragma once

#include <optional>
#include <vector>

#include "mycel/ops/slice.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// One entry between the brackets.
struct Subscript {
  enum class Kind : uint8_t { kNumber, kRange, kEllipsis, kNewAxis, kArray };
  Kind kind = Kind::kEllipsis;
  int64_t number = 0;                        // of kNumber; counted from the end if negative
  std::optional<int64_t> start, stop, step;  // of kRange, as Python's slice
  Tensor array;                              // of kArray: integers, or a mask of bools

  static Subscript at(int64_t number);
  static Subscript range(std::optional<int64_t> start = {}, std::optional<int64_t> stop = {},
                         std::optional<int64_t> step = {});
  static Subscript ellipsis();
  static Subscript new_axis();
  static Subscript by(Tensor array);
};
using Subscripts = std::vector<Subscript>;

// Numbers and ranges give a view, arrays a copy. A mask reads values, so it raises CompileError for
// a traced one. Raises IndexError for too many entries and for a number out of range.
Tensor subscript(const Tensor& x, const Subscripts& entries);
// x with the elements that `subscript` gives replaced by `value`, which broadcasts to their shape
// and is cast to x's dtype. A mask may be traced if the value has one element.
Tensor subscript_put(const Tensor& x, const Subscripts& entries, const Tensor& value);
// Writes `value` into x, also if x is a view.
void write_subscript(const Tensor& x, const Subscripts& entries, const Tensor& value);

// The positions of the true elements of a mask, one int64 tensor per dim. Eager only.
Tensors nonzero(const Tensor& mask);

// The steps to which the entries resolve for a tensor: a window, a reshape, index arrays.
struct SubscriptPlan {
  Slice window;
  Dims window_dims;
  Dims shape;  // of the window, without the dims of numbers, with the new dims
  Tensors arrays;
  Ints array_dims;                  // of `shape`
  std::optional<int64_t> position;  // of the dims of the arrays
  bool unique = false;              // the arrays come from masks: no position repeats
};
SubscriptPlan plan_subscript(const Tensor& x, const Subscripts& entries);

}  // namespace mycel
