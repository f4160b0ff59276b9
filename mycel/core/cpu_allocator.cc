// The host allocator: cpu_allocator() and its cache of blocks of medium size.
#include <malloc.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <vector>

#include "mycel/base/error.h"
#include "mycel/base/fork_safe_mutex.h"
#include "mycel/core/buffer.h"
#include "mycel/core/large_blocks.h"
#include "mycel/core/small_blocks.h"

namespace mycel {
namespace {

constexpr size_t kMaxMediumBlock = size_t{1} << 20;
constexpr size_t kMaxMediumCached = size_t{1} << 28;

// Rounds blocks of up to a megabyte up to one of eight sizes per octave, so that a freed block fits
// the next request of about its size.
struct MediumClass {
  int index;
  size_t bytes;
};
MediumClass medium_class(size_t bytes) {
  int octave = std::bit_width(bytes - 1);
  size_t step = size_t{1} << (octave - 4);
  size_t steps = (bytes + step - 1) / step;  // 9..16
  return {octave * 8 + static_cast<int>(steps - 9), steps * step};
}

class MediumBlocks {
 public:
  // Null if the system is out of memory.
  void* allocate(size_t bytes) {
    MediumClass c = medium_class(bytes);
    {
      std::lock_guard lock(mutex_);
      if (auto& free = free_[c.index]; !free.empty()) {
        void* block = free.back();
        free.pop_back();
        cached_ -= c.bytes;
        return block;
      }
    }
    return std::aligned_alloc(64, c.bytes);
  }

  void deallocate(void* block, size_t bytes) {
    MediumClass c = medium_class(bytes);
    {
      std::lock_guard lock(mutex_);
      if (cached_ + c.bytes <= kMaxMediumCached) {
        free_[c.index].push_back(block);
        cached_ += c.bytes;
        return;
      }
    }
    std::free(block);
  }

  void release() {
    std::lock_guard lock(mutex_);
    for (auto& free : free_) {
      for (void* block : free) std::free(block);
      free.clear();
    }
    cached_ = 0;
  }

  size_t cached() {
    std::lock_guard lock(mutex_);
    return cached_;
  }

 private:
  ForkSafeMutex mutex_;
  std::vector<void*> free_[22 * 8];
  size_t cached_ = 0;
};

class CpuAllocator final : public Allocator {
 public:
  Device device() const override { return {DeviceKind::kCpu, 0}; }

  void* allocate(size_t bytes) override {
    if (bytes > kLargest) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
    void* data = find(bytes);
    if (!data) {
      release_cache();
      data = find(bytes);
    }
    if (!data) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
    size_t live = live_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    size_t peak = peak_.load(std::memory_order_relaxed);
    while (live > peak && !peak_.compare_exchange_weak(peak, live, std::memory_order_relaxed)) {
    }
    return data;
  }

  void deallocate(void* data, size_t bytes) override {
    live_.fetch_sub(bytes, std::memory_order_relaxed);
    if (bytes <= kMaxSmallBlock) {
      free_small(data, bytes);
    } else if (bytes <= kMaxMediumBlock) {
      medium_.deallocate(data, bytes);
    } else {
      large_.deallocate(data, bytes);
    }
  }

  AllocatorStats stats() {
    return {live_.load(), peak_.load(), medium_.cached() + large_.cached()};
  }
  void reset_peak() { peak_.store(live_.load()); }
  void release_cache() {
    medium_.release();
    large_.release();
  }

 private:
  static constexpr size_t kLargest = size_t{1} << 46;  // the address space of 64-bit processors

  void* find(size_t bytes) {
    if (bytes <= kMaxSmallBlock) return allocate_small(bytes);
    return bytes <= kMaxMediumBlock ? medium_.allocate(bytes) : large_.allocate(bytes);
  }

  std::atomic<size_t> live_{0}, peak_{0};
  MediumBlocks medium_;
  LargeBlocks large_;
};

// Never destroyed: other static objects may free arrays later.
CpuAllocator& instance() {
  static CpuAllocator* allocator = new CpuAllocator;
  return *allocator;
}

}  // namespace

Allocator& cpu_allocator() { return instance(); }
AllocatorStats allocator_stats() { return instance().stats(); }
void reset_allocator_peak() { instance().reset_peak(); }
void release_allocator_cache() {
  instance().release_cache();
  malloc_trim(0);  // glibc caches freed memory
}

}  // namespace mycel
