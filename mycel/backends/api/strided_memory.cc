#include "mycel/backends/api/strided_memory.h"

namespace mycel::backends {

MemorySpan memory_span(const NDArray& array) {
  if (array.size() == 0) return {};
  MemorySpan span{0, 1};
  for (size_t i = 0; i < array.rank(); ++i) {
    int64_t reach = (array.shape()[i] - 1) * array.strides()[i];
    if (reach < 0) span.first += reach;
    span.size += reach < 0 ? -reach : reach;
  }
  return span;
}

NDArray empty_like(const NDArray& array, Allocator& allocator) {
  BufferPtr buffer = Buffer::make(allocator, span_bytes(array));
  return {std::move(buffer), array.dtype(), array.shape(), array.strides(),
          -memory_span(array).first};
}

void* span_begin(const NDArray& array) {
  return static_cast<char*>(array.raw()) + memory_span(array).first * byte_size(array.dtype());
}

size_t span_bytes(const NDArray& array) {
  return static_cast<size_t>(memory_span(array).size * byte_size(array.dtype()));
}

}  // namespace mycel::backends
