// Packs buffers with lifetimes into one arena.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mycel::passes {

struct Lifetime {
  int64_t bytes;
  int begin, end;  // positions, both included
};

struct Packing {
  std::vector<int64_t> offsets;  // multiples of kArenaAlignment
  int64_t bytes = 0;
};

inline constexpr int64_t kArenaAlignment = 64;
// Rounds up to a multiple of kArenaAlignment.
int64_t aligned(int64_t bytes);

// The best packing of several heuristics; buffers that are alive together do not overlap.
Packing pack(std::span<const Lifetime> buffers);

// The most bytes that are alive at once, and the position: no packing needs less.
struct Peak {
  int64_t bytes = 0;
  int position = 0;
};
Peak peak_of(std::span<const Lifetime> buffers);

}  // namespace mycel::passes
