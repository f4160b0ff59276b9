#include "mycel/core/shape.h"

#include <algorithm>

#include "mycel/base/error.h"

namespace mycel {

int64_t num_elements(const Shape& shape) {
  int64_t size = 1;
  bool overflow = false, empty = false;
  for (int64_t extent : shape) {
    overflow |= __builtin_mul_overflow(size, extent, &size) || size > Dim::kMax;
    empty |= extent == 0;
  }
  // Any zero extent gives zero, even if the other extents overflow.
  if (empty) return 0;
  if (overflow) {
    fail(Code::kValue, "expects fewer than 2^62 elements, got the shape {}", to_string(shape));
  }
  return size;
}

namespace {

// Wraps around: the other extents of an empty shape may overflow.
int64_t wrapping_product(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

}  // namespace

Strides row_major(const Shape& shape) {
  Strides strides(shape.size(), 0);
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step = wrapping_product(step, std::max<int64_t>(shape[i], 1));
  }
  return strides;
}

Strides channels_last(const Shape& shape) {
  if (shape.size() != 4) return row_major(shape);
  Strides inner = row_major({shape[0], shape[2], shape[3], shape[1]});
  return {inner[0], inner[3], inner[1], inner[2]};
}

namespace {

// Ignores axes of extent 1: their strides are never used.
bool same_walk(const Shape& shape, const Strides& strides, const Strides& wanted) {
  bool same = true, empty = false;
  for (size_t i = 0; i < shape.size(); ++i) {
    empty |= shape[i] == 0;
    same &= shape[i] == 1 || strides[i] == wanted[i];
  }
  return same || empty;
}

}  // namespace

bool is_row_major(const Shape& shape, const Strides& strides) {
  int64_t step = 1;
  bool same = true, empty = false;
  for (size_t i = shape.size(); i-- > 0;) {
    empty |= shape[i] == 0;
    same &= shape[i] == 1 || strides[i] == step;
    step = wrapping_product(step, shape[i]);
  }
  return same || empty;
}

bool is_channels_last(const Shape& shape, const Strides& strides) {
  return shape.size() == 4 && same_walk(shape, strides, channels_last(shape));
}

int64_t normalize_axis(int64_t axis, size_t rank, std::string_view op) {
  auto limit = static_cast<int64_t>(rank);
  if (limit == 0) fail(Code::kIndex, "[{}] expects a tensor of at least 1 dim, got 0-d", op);
  if (axis < -limit || axis >= limit) {
    fail(Code::kIndex, "[{}] expects dim in [{}, {}], got {}", op, -limit, limit - 1, axis);
  }
  return axis < 0 ? axis + limit : axis;
}

Dims to_dims(const Shape& shape) { return Dims(shape.begin(), shape.end()); }

Shape to_shape(const Dims& dims) {
  Shape shape(dims.size(), 0);
  for (size_t i = 0; i < dims.size(); ++i) {
    if (!dims[i].is_constant()) {
      fail(Code::kCompile, "expects a shape of numbers, got the symbolic {}", to_string(dims));
    }
    shape[i] = dims[i].value();
  }
  return shape;
}

std::string to_string(const Ints& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

}  // namespace mycel
