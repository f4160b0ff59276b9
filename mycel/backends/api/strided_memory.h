// The range of memory that a strided array covers.
#pragma once

#include "mycel/core/ndarray.h"

namespace mycel::backends {

// In elements, relative to element [0, ..., 0]: negative strides reach below it.
struct MemorySpan {
  int64_t first = 0;
  int64_t size = 0;
};
MemorySpan memory_span(const NDArray& array);

// An array of the same dtype, shape and strides over uninitialised memory of `allocator`.
NDArray empty_like(const NDArray& array, Allocator& allocator);
// The start address and the size in bytes of an array's span.
void* span_begin(const NDArray& array);
size_t span_bytes(const NDArray& array);

}  // namespace mycel::backends
