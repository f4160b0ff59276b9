#include "mycel/passes/memory/pack_arena.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace mycel::passes {
namespace {

std::vector<size_t> numbers(size_t size) {
  std::vector<size_t> order(size);
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

// The free space of an arena: a buffer takes the smallest hole that fits; the rest stays a hole.
class FreeSpace {
 public:
  int64_t take(int64_t bytes) {
    auto best = by_size_.lower_bound({bytes, 0});
    if (best == by_size_.end()) return grow(bytes);
    auto [size, offset] = *best;
    remove(offset, size);
    if (size > bytes) insert(offset + bytes, size - bytes);
    return offset;
  }

  void give_back(int64_t offset, int64_t bytes) {
    auto after = holes_.lower_bound(offset);
    if (after != holes_.end() && offset + bytes == after->first) {
      bytes += after->second;
      remove(after->first, after->second);
    }
    if (auto before = last_before(offset); before != holes_.end()) {
      if (before->first + before->second == offset) {
        offset = before->first;
        bytes += before->second;
        remove(before->first, before->second);
      }
    }
    insert(offset, bytes);
  }

  int64_t end() const { return end_; }

 private:
  using Holes = std::map<int64_t, int64_t>;

  Holes::iterator last_before(int64_t offset) {
    auto at = holes_.lower_bound(offset);
    return at == holes_.begin() ? holes_.end() : std::prev(at);
  }
  void insert(int64_t offset, int64_t bytes) {
    holes_[offset] = bytes;
    by_size_.insert({bytes, offset});
  }
  void remove(int64_t offset, int64_t bytes) {
    holes_.erase(offset);
    by_size_.erase({bytes, offset});
  }

  // Takes space at the end, together with a hole there.
  int64_t grow(int64_t bytes) {
    int64_t offset = end_;
    auto last = last_before(end_);
    if (last != holes_.end() && last->first + last->second == end_) {
      offset = last->first;
      remove(last->first, last->second);
    }
    end_ = offset + bytes;
    return offset;
  }

  Holes holes_;  // sizes by offset
  std::set<std::pair<int64_t, int64_t>> by_size_;
  int64_t end_ = 0;
};

// Packs in the order of time, as an allocator would at run time.
Packing pack_in_time(std::span<const Lifetime> buffers) {
  std::vector<size_t> begins = numbers(buffers.size()), ends = begins;
  std::sort(begins.begin(), begins.end(), [&](size_t a, size_t b) {
    if (buffers[a].begin != buffers[b].begin) return buffers[a].begin < buffers[b].begin;
    return buffers[a].bytes > buffers[b].bytes;
  });
  std::sort(ends.begin(), ends.end(),
            [&](size_t a, size_t b) { return buffers[a].end < buffers[b].end; });
  Packing packing;
  packing.offsets.resize(buffers.size());
  FreeSpace space;
  size_t ended = 0;
  for (size_t i : begins) {
    for (; ended < ends.size() && buffers[ends[ended]].end < buffers[i].begin; ++ended) {
      space.give_back(packing.offsets[ends[ended]], aligned(buffers[ends[ended]].bytes));
    }
    packing.offsets[i] = space.take(aligned(buffers[i].bytes));
  }
  packing.bytes = space.end();
  return packing;
}

// Packs in the given order, each buffer at the lowest offset that is free while it is alive.
// Returns nothing if that takes more than `steps` comparisons and moves; counts `steps` down.
std::optional<Packing> pack_first_fit(std::span<const Lifetime> buffers,
                                      const std::vector<size_t>& order, int64_t& steps) {
  struct Placed {
    int64_t offset, after;
    int begin, end;
  };
  Packing packing;
  packing.offsets.resize(buffers.size());
  std::vector<Placed> placed;  // by offset
  placed.reserve(buffers.size());
  for (size_t i : order) {
    const Lifetime& buffer = buffers[i];
    int64_t offset = 0, bytes = aligned(buffer.bytes);
    for (const Placed& other : placed) {
      if (--steps < 0) return std::nullopt;
      if (other.begin > buffer.end || buffer.begin > other.end) continue;
      if (other.offset >= offset + bytes) break;
      offset = std::max(offset, other.after);
    }
    packing.offsets[i] = offset;
    packing.bytes = std::max(packing.bytes, offset + bytes);
    auto at = std::upper_bound(placed.begin(), placed.end(), offset,
                               [](int64_t o, const Placed& other) { return o < other.offset; });
    steps -= placed.end() - at;
    placed.insert(at, {offset, offset + bytes, buffer.begin, buffer.end});
  }
  return packing;
}

template <class Key>
std::vector<size_t> largest_first(std::span<const Lifetime> buffers, const Key& key) {
  std::vector<size_t> order = numbers(buffers.size());
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    auto x = key(buffers[a]), y = key(buffers[b]);
    return x != y ? x > y : a < b;
  });
  return order;
}

}  // namespace

int64_t aligned(int64_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

Peak peak_of(std::span<const Lifetime> buffers) {
  std::map<int, int64_t> change;
  for (const Lifetime& buffer : buffers) {
    change[buffer.begin] += aligned(buffer.bytes);
    change[buffer.end + 1] -= aligned(buffer.bytes);
  }
  Peak peak;
  int64_t live = 0;
  for (auto [position, bytes] : change) {
    live += bytes;
    if (live > peak.bytes) peak = {live, position};
  }
  return peak;
}

Packing pack(std::span<const Lifetime> buffers) {
  // First fit compares a buffer with all that lie below it. These steps take some tenths of a
  // second and suffice for 8,000 buffers in any case, and for far more if few are alive at once.
  // Beyond that, the best packing found so far is kept, at first the one in time.
  int64_t steps = 100'000'000;
  Packing best = pack_in_time(buffers);
  int64_t bound = peak_of(buffers).bytes;
  auto attempt = [&](const auto& key) {
    if (best.bytes == bound) return;
    std::optional<Packing> other = pack_first_fit(buffers, largest_first(buffers, key), steps);
    if (other && other->bytes < best.bytes) best = *std::move(other);
  };
  attempt([](const Lifetime& b) { return b.bytes; });
  attempt([](const Lifetime& b) { return static_cast<double>(b.bytes) * (b.end - b.begin + 1); });
  attempt([](const Lifetime& b) { return b.end - b.begin; });
  return best;
}

}  // namespace mycel::passes
