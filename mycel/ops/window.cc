#include "mycel/ops/window.h"

namespace mycel {

Ints pair_of(const Ints& values, std::string_view op, std::string_view what, int64_t least) {
  Ints pair = values.size() == 1 ? Ints{values[0], values[0]} : values;
  if (pair.size() != 2 || pair[0] < least || pair[1] < least) {
    fail(Code::kValue, "[{}] expects {} as one or two numbers of at least {}, got {}", op, what,
         least, values);
  }
  return pair;
}

Dim window_positions(Dim size, Dim kernel, int64_t stride, int64_t pad_before, int64_t pad_after,
                     int64_t dilation) {
  Dim room = size + Dim(pad_before) + Dim(pad_after) - (kernel - 1) * Dim(dilation) - 1;
  return floordiv(room, stride) + 1;
}

}  // namespace mycel
