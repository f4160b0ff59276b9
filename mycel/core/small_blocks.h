// Allocates small host blocks from per-thread free lists: an eager operation needs a handful.
#pragma once

#include <cstddef>

namespace mycel {

inline constexpr size_t kMaxSmallBlock = 4096;

// Returns at least `bytes` (at most kMaxSmallBlock) bytes, aligned to 64. Any thread may free the
// block. Raises RuntimeError if the system is out of memory.
void* allocate_small(size_t bytes);
void free_small(void* block, size_t bytes);  // `bytes` as requested

}  // namespace mycel
