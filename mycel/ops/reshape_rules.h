// Matches the dims of two shapes with the same number of elements.
#pragma once

#include <vector>

#include "mycel/define/define.h"
#include "mycel/te/formula.h"

namespace mycel {

// Neighbouring dims of one shape that hold the same elements as neighbouring dims of another, in
// row-major order. Dims of extent 1 belong to no group.
struct DimGroup {
  std::vector<size_t> from, to;
  bool is_same() const { return from.size() == 1 && to.size() == 1; }
};
std::vector<DimGroup> group_dims(const Dims& from, const Dims& to);

// `shape` with its -1 inferred from the number of x's elements. Raises ValueError if the numbers of
// elements differ.
Dims resolve_shape(const ir::Call& call, const Dims& from, const Dims& shape);

// The index into `from`, which is not empty, of the element at index `axes` of the result.
std::vector<te::Expr> reshaped_index(const Dims& from, const std::vector<te::Axis>& axes);

// Strides that show `in` as `shape` without a copy; false if there are none.
bool reshaped_strides(const NDArray& in, const Shape& shape, Strides& strides);

}  // namespace mycel
