// Normalises the axis of an operation that runs along one dim.
#pragma once

#include <string_view>

#include "mycel/core/shape.h"

namespace mycel {

// The axes that an operation along `axis` runs over: that one, or none for a 0-d tensor, which
// takes the axes 0 and -1 as if it had one dim (PyTorch's rule for reductions, sorting and the
// like).
Ints axes_along(int64_t axis, size_t rank, std::string_view op);

}  // namespace mycel
