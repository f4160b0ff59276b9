// Small blocks of host memory from free lists per thread: an eager operation allocates a handful.
#pragma once

#include <cstddef>

namespace mycel {

inline constexpr size_t kMaxSmallBlock = 4096;

// At least `bytes` (at most kMaxSmallBlock) bytes, aligned to 64. A block may be freed on another
// thread than the one that got it. Raises RuntimeError where the system has no memory.
void* allocate_small(size_t bytes);
void free_small(void* block, size_t bytes);  // as many bytes as were asked for

}  // namespace mycel
