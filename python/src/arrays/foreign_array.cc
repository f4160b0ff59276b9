#include "python/src/arrays/foreign_array.h"

#include <algorithm>
#include <functional>

namespace mycel::python {
namespace {

// The extent of an array's elements, in bytes from element [0, ..., 0].
struct Span {
  int64_t begin, end;
};

Span span_of(const ForeignArray& foreign, std::string_view op) {
  int64_t itemsize = byte_size(foreign.dtype), bytes = itemsize, reach = 0;
  Span span{0, itemsize};
  auto address = reinterpret_cast<uintptr_t>(foreign.data);
  bool overflows = !foreign.data;
  for (size_t i = 0; i < foreign.shape.size() && !overflows; ++i) {
    int64_t extent = foreign.shape[i], stride = foreign.strides[i];
    int64_t& border = stride < 0 ? span.begin : span.end;
    overflows = __builtin_mul_overflow(bytes, extent, &bytes) ||
                __builtin_mul_overflow(extent - 1, stride, &reach) ||
                __builtin_add_overflow(border, reach, &border);
  }
  uintptr_t unused = 0;
  if (overflows || __builtin_add_overflow(address, span.begin, &unused) ||
      __builtin_add_overflow(address, span.end, &unused)) {
    fail(Code::kValue, "[{}] expects a shape and strides that memory has, got {} and {} bytes", op,
         to_string(foreign.shape), to_string(foreign.strides));
  }
  return span;
}

bool is_aligned(const ForeignArray& foreign) {
  int64_t itemsize = byte_size(foreign.dtype);
  auto is_multiple = [itemsize](int64_t stride) { return stride % itemsize == 0; };
  return reinterpret_cast<uintptr_t>(foreign.data) % static_cast<uintptr_t>(itemsize) == 0 &&
         std::all_of(foreign.strides.begin(), foreign.strides.end(), is_multiple);
}

// Views each element as bytes along a new last axis.
ForeignArray bytes_of(ForeignArray foreign) {
  foreign.shape.push_back(byte_size(foreign.dtype));
  foreign.strides.push_back(1);
  foreign.dtype = DType::kUInt8;
  return foreign;
}

// Wraps the memory, which must be aligned.
NDArray in_place(const ForeignArray& foreign, Span span, std::function<void()> dispose) {
  int64_t itemsize = byte_size(foreign.dtype);
  Strides strides = foreign.strides;
  for (int64_t& stride : strides) stride /= itemsize;
  BufferPtr buffer =
      Buffer::wrap(static_cast<char*>(foreign.data) + span.begin,
                   static_cast<size_t>(span.end - span.begin), Device{}, std::move(dispose), true);
  return NDArray(std::move(buffer), foreign.dtype, foreign.shape, std::move(strides),
                 -span.begin / itemsize);
}

NDArray copy_of(const ForeignArray& foreign, Span span) {
  // Copies by bytes only if misaligned: that takes many times as long.
  ForeignArray source = is_aligned(foreign) ? foreign : bytes_of(foreign);
  NDArray copy = NDArray::empty(source.dtype, source.shape);
  copy_elements(in_place(source, span, [] {}), copy);
  if (foreign.dtype == DType::kBool) {
    auto* bytes = static_cast<uint8_t*>(copy.raw());
    std::transform(bytes, bytes + copy.size(), bytes, [](uint8_t b) { return b != 0; });
  }
  return NDArray(copy.buffer(), foreign.dtype, foreign.shape, row_major(foreign.shape));
}

// Whether every bool is stored as 0 or 1, as kernels expect.
bool has_plain_bools(const ForeignArray& foreign, Span span) {
  if (foreign.dtype != DType::kBool) return true;
  NDArray bytes = contiguous(in_place(bytes_of(foreign), span, [] {}));
  const auto* begin = bytes.data<uint8_t>();
  return std::all_of(begin, begin + bytes.size(), [](uint8_t b) { return b <= 1; });
}

}  // namespace

NDArray adopt(const ForeignArray& foreign, CopyMode mode, std::shared_ptr<void> owner,
              std::string_view op) {
  if (std::any_of(foreign.shape.begin(), foreign.shape.end(), [](int64_t n) { return n < 0; })) {
    fail(Code::kValue, "[{}] expects extents of at least 0, got {}", op, to_string(foreign.shape));
  }
  if (std::count(foreign.shape.begin(), foreign.shape.end(), 0) > 0) {
    return NDArray::empty(foreign.dtype, foreign.shape);
  }
  Span span = span_of(foreign, op);
  if (mode == CopyMode::kAlways || (mode == CopyMode::kIfWritable && foreign.writable)) {
    return copy_of(foreign, span);
  }
  if (!is_aligned(foreign) || !has_plain_bools(foreign, span)) {
    if (mode == CopyMode::kIfWritable) return copy_of(foreign, span);
    fail(Code::kValue,
         "[{}] expects, with copy=False, {} elements at addresses that are multiples of their "
         "size{}; leave copy=False out, and they are copied",
         op, name(foreign.dtype), foreign.dtype == DType::kBool ? " and of bytes 0 and 1" : "");
  }
  return in_place(foreign, span, [owner = std::move(owner)]() mutable { owner.reset(); });
}

}  // namespace mycel::python
