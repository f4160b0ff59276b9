#include "mycel/ops/axes.h"

#include <algorithm>

namespace mycel {

Ints axes_along(int64_t axis, size_t rank, std::string_view op) {
  Ints axes{normalize_axis(axis, std::max<size_t>(rank, 1), op)};
  return rank == 0 ? Ints{} : axes;
}

}  // namespace mycel
