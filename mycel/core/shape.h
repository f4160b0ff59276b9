// Concrete shapes and strides.
#pragma once

#include <cstdint>
#include <string>

#include "mycel/base/inline_vector.h"
#include "mycel/core/dim.h"

namespace mycel {

using Ints = InlineVector<int64_t, 6>;
using Shape = Ints;    // extents, each at least 0
using Strides = Ints;  // in elements, any sign; 0 broadcasts

// The number of elements; raises ValueError beyond 2^62.
int64_t num_elements(const Shape& shape);
Strides row_major(const Shape& shape);
// The physical order N, H, W, C of a logical N, C, H, W shape (the channels of a 4-d tensor are
// innermost).
Strides channels_last(const Shape& shape);
// Whether the strides walk the elements in row-major order without gaps. Ignores axes of extent 1;
// true for every empty shape.
bool is_row_major(const Shape& shape, const Strides& strides);
bool is_channels_last(const Shape& shape, const Strides& strides);

// Counts a negative axis from the end. Raises IndexError "[op] expects dim in [-2, 1], got 5".
int64_t normalize_axis(int64_t axis, size_t rank, std::string_view op);

Dims to_dims(const Shape& shape);
// Raises CompileError if a dimension is symbolic.
Shape to_shape(const Dims& dims);

std::string to_string(const Ints& values);  // "[2, 3]"

}  // namespace mycel
