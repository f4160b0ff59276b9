#include "mycel/core/ndarray.h"

#include <cstring>

#include "mycel/base/parallel_for.h"

namespace mycel {
namespace {

// The loops of a copy, outermost first. Drops axes of extent 1 and merges neighbouring axes that
// both sides walk as one.
struct CopyNest {
  Shape shape;
  Strides from, to;

  CopyNest(const NDArray& source, const NDArray& target) {
    for (size_t i = 0; i < source.rank(); ++i) {
      add(source.shape()[i], source.strides()[i], target.strides()[i]);
    }
    if (shape.empty()) add_loop(1, 1, 1);
  }

 private:
  void add(int64_t extent, int64_t from_step, int64_t to_step) {
    if (extent == 1) return;
    if (!shape.empty() && from.back() == from_step * extent && to.back() == to_step * extent) {
      shape.back() *= extent;
      from.back() = from_step;
      to.back() = to_step;
    } else {
      add_loop(extent, from_step, to_step);
    }
  }
  void add_loop(int64_t extent, int64_t from_step, int64_t to_step) {
    shape.push_back(extent);
    from.push_back(from_step);
    to.push_back(to_step);
  }
};

template <class T>
void copy_row(const T* from, int64_t from_step, T* to, int64_t to_step, int64_t count) {
  if (from_step == 1 && to_step == 1) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
    return;
  }
  for (int64_t i = 0; i < count; ++i) to[i * to_step] = from[i * from_step];
}

// Rows [begin, end) of the nest's outer loops.
template <class T>
void copy_rows(const CopyNest& nest, const T* from, T* to, int64_t begin, int64_t end) {
  size_t outer = nest.shape.size() - 1;
  for (int64_t row = begin; row < end; ++row) {
    int64_t rest = row, from_offset = 0, to_offset = 0;
    for (size_t i = outer; i-- > 0;) {
      int64_t index = rest % nest.shape[i];
      rest /= nest.shape[i];
      from_offset += index * nest.from[i];
      to_offset += index * nest.to[i];
    }
    copy_row(from + from_offset, nest.from[outer], to + to_offset, nest.to[outer],
             nest.shape[outer]);
  }
}

template <class T>
void copy_as(const NDArray& from, const NDArray& to) {
  CopyNest nest(from, to);
  const T* source = static_cast<const T*>(from.raw());
  T* target = static_cast<T*>(to.raw());
  constexpr int64_t kGrain = 1 << 15;  // elements worth a thread
  int64_t row = nest.shape.back(), rows = from.size() / row;
  if (rows == 1) {
    parallel_for(row, kGrain, [&](int64_t begin, int64_t end) {
      copy_row(source + begin * nest.from[0], nest.from[0], target + begin * nest.to[0], nest.to[0],
               end - begin);
    });
    return;
  }
  parallel_for(rows, std::max<int64_t>(kGrain / row, 1),
               [&](int64_t begin, int64_t end) { copy_rows(nest, source, target, begin, end); });
}

size_t bytes_of(DType dtype, const Shape& shape) {
  int64_t bytes;
  if (__builtin_mul_overflow(num_elements(shape), byte_size(dtype), &bytes)) {
    fail(Code::kRuntime, "out of memory: {} of {} does not fit", to_string(shape), name(dtype));
  }
  return static_cast<size_t>(bytes);
}

}  // namespace

NDArray NDArray::empty(DType dtype, const Shape& shape, Allocator& allocator) {
  return {Buffer::make(allocator, bytes_of(dtype, shape)), dtype, shape, row_major(shape)};
}

NDArray NDArray::empty(DType dtype, const Shape& shape, const Strides& dense_strides,
                       Allocator& allocator) {
  return {Buffer::make(allocator, bytes_of(dtype, shape)), dtype, shape, dense_strides};
}

void NDArray::check_host(DType expected) const {
  if (!buffer_) fail_internal("an undefined array is read");
  if (dtype_ != expected) {
    fail_internal("an array of {} is read as {}", name(dtype_), name(expected));
  }
  if (device().kind != DeviceKind::kCpu) {
    fail_internal("an array on {} is read by the host", to_string(device()));
  }
}

void copy_elements(const NDArray& from, const NDArray& to) {
  if (from.dtype() != to.dtype() || !(from.shape() == to.shape())) {
    fail_internal("copy of {}{} into {}{}", short_name(from.dtype()), to_string(from.shape()),
                  short_name(to.dtype()), to_string(to.shape()));
  }
  if (from.size() == 0) return;
  switch (byte_size(from.dtype())) {
    case 1:
      return copy_as<uint8_t>(from, to);
    case 2:
      return copy_as<uint16_t>(from, to);
    case 4:
      return copy_as<uint32_t>(from, to);
    default:
      return copy_as<uint64_t>(from, to);
  }
}

NDArray contiguous(const NDArray& array) {
  if (array.is_row_major()) return array;
  NDArray copy = NDArray::empty(array.dtype(), array.shape());
  copy_elements(array, copy);
  return copy;
}

}  // namespace mycel
