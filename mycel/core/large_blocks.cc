#include "mycel/core/large_blocks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

// In builds with the address sanitiser, touching free memory is an error. GCC states that it is on
// by a macro, Clang by a feature.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#endif

namespace mycel {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kMapping = size_t{1} << 32;  // address space; pages come when they are touched

size_t whole_pages(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

size_t physical_memory() {
  static const size_t bytes =
      static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

void* LargeBlocks::allocate(size_t bytes) {
  size_t size = whole_pages(bytes);
  std::lock_guard lock(mutex_);
  void* block = nullptr;
  if (auto best = by_size_.lower_bound({size, nullptr}); best != by_size_.end()) {
    block = take(best->second, size);
  }
  for (size_t i = 0; !block && i < mappings_.size(); ++i) block = extend(mappings_[i], size);
  if (!block && (map(std::max(size, std::min(kMapping, physical_memory() / 4))) || map(size))) {
    block = extend(mappings_.back(), size);
  }
  if (block) ASAN_UNPOISON_MEMORY_REGION(block, bytes);
  return block;
}

void LargeBlocks::deallocate(void* block, size_t bytes) {
  size_t size = whole_pages(bytes);
  ASAN_POISON_MEMORY_REGION(block, size);
  // A quarter of the machine's memory is kept for reuse. The rest goes back before another thread
  // can take the block, and without the lock, as that takes long.
  bool keeps = cached() + size <= physical_memory() / 4;
  if (!keeps) madvise(block, size, MADV_DONTNEED);
  std::lock_guard lock(mutex_);
  auto* start = static_cast<char*>(block);
  Range range{size, keeps ? size : 0};
  auto join = [&](Ranges::iterator it) {
    Range other = remove(it);
    range = {range.bytes + other.bytes, range.resident + other.resident};
  };
  auto next = free_.lower_bound(start);
  if (next != free_.begin()) {
    auto previous = std::prev(next);
    if (previous->first + previous->second.bytes == start) {
      start = previous->first;
      join(previous);
    }
  }
  if (next != free_.end() && static_cast<char*>(block) + size == next->first) join(next);
  insert(start, range);
}

void LargeBlocks::release() {
  std::lock_guard lock(mutex_);
  for (auto& [start, range] : free_) {
    if (range.resident > 0) madvise(start, range.bytes, MADV_DONTNEED);
    range.resident = 0;
  }
  cached_ = 0;
}

size_t LargeBlocks::cached() {
  std::lock_guard lock(mutex_);
  return cached_;
}

// Takes the first `bytes` of the free range at `start`, the resident ones as far as is known.
void* LargeBlocks::take(char* start, size_t bytes) {
  Range range = remove(free_.find(start));
  size_t rest = range.bytes - bytes;
  if (rest > 0) insert(start + bytes, {rest, range.resident - std::min(bytes, range.resident)});
  return start;
}

// Takes pages that were never used, behind the free range that ends there, if one does. Null if the
// mapping has too few.
void* LargeBlocks::extend(Mapping& mapping, size_t bytes) {
  auto last = free_.lower_bound(mapping.top);
  bool ends_here = last != free_.begin() &&
                   std::prev(last)->first + std::prev(last)->second.bytes == mapping.top;
  size_t there = ends_here ? std::prev(last)->second.bytes : 0;
  if (static_cast<size_t>(mapping.end - mapping.top) + there < bytes) return nullptr;
  if (ends_here) remove(std::prev(last));
  char* start = mapping.top - there;
  mapping.top = start + bytes;
  return start;
}

void LargeBlocks::insert(char* start, Range range) {
  free_.emplace(start, range);
  by_size_.emplace(range.bytes, start);
  cached_ += range.resident;
}

LargeBlocks::Range LargeBlocks::remove(Ranges::iterator it) {
  Range range = it->second;
  by_size_.erase({range.bytes, it->first});
  free_.erase(it);
  cached_ -= range.resident;
  return range;
}

bool LargeBlocks::map(size_t bytes) {
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return false;
  mappings_.push_back({static_cast<char*>(start), static_cast<char*>(start) + bytes});
  return true;
}

}  // namespace mycel
