// Loops over the indices of a shape, and offsets of indices.
#pragma once

#include "mycel/core/shape.h"

namespace mycel::backends::reference {

// Calls f(index) for every index of the shape, in row-major order.
template <class F>
void for_each_index(const Shape& shape, const F& f) {
  Ints index(shape.size(), 0);
  for (int64_t n = num_elements(shape); n > 0; --n) {
    f(static_cast<const Ints&>(index));
    for (size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
  }
}

inline int64_t offset(const Ints& index, const Strides& strides) {
  int64_t out = 0;
  for (size_t d = 0; d < index.size(); ++d) out += index[d] * strides[d];
  return out;
}

}  // namespace mycel::backends::reference
