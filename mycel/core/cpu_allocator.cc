// The host allocator: cpu_allocator() and its cache of large blocks.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <vector>

#include "mycel/base/error.h"
#include "mycel/base/fork_safe_mutex.h"
#include "mycel/core/buffer.h"
#include "mycel/core/small_blocks.h"

namespace mycel {
namespace {

// Rounds large blocks up to one of eight sizes per octave, so that a freed block fits the next
// request of about its size. The rounding costs address space only.
struct LargeClass {
  int index;
  size_t bytes;
};
LargeClass large_class(size_t bytes) {
  int octave = std::bit_width(bytes - 1);
  size_t step = size_t{1} << (octave - 4);
  size_t steps = (bytes + step - 1) / step;  // 9..16
  return {octave * 8 + static_cast<int>(steps - 9), steps * step};
}

class LargeBlocks {
 public:
  void* allocate(size_t bytes) {
    LargeClass c = large_class(bytes);
    {
      std::lock_guard lock(mutex_);
      if (auto& free = free_[c.index]; !free.empty()) {
        void* block = free.back();
        free.pop_back();
        cached_ -= c.bytes;
        return block;
      }
    }
    void* block = std::aligned_alloc(64, c.bytes);
    if (!block) {
      release_all();
      block = std::aligned_alloc(64, c.bytes);
    }
    if (!block) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
    return block;
  }

  void deallocate(void* block, size_t bytes) {
    LargeClass c = large_class(bytes);
    {
      std::lock_guard lock(mutex_);
      if (cached_ + c.bytes <= limit_) {
        free_[c.index].push_back(block);
        cached_ += c.bytes;
        return;
      }
    }
    std::free(block);
  }

  void release_all() {
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
  static size_t physical_memory() {
    return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<size_t>(sysconf(_SC_PAGESIZE));
  }

  ForkSafeMutex mutex_;
  std::vector<void*> free_[65 * 8];
  size_t cached_ = 0;
  const size_t limit_ = physical_memory() / 4;
};

class CpuAllocator final : public Allocator {
 public:
  Device device() const override { return {DeviceKind::kCpu, 0}; }

  void* allocate(size_t bytes) override {
    if (bytes > kLargest) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
    void* data = bytes <= kMaxSmallBlock ? allocate_small(bytes) : large_.allocate(bytes);
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
    } else {
      large_.deallocate(data, bytes);
    }
  }

  AllocatorStats stats() { return {live_.load(), peak_.load(), large_.cached()}; }
  void reset_peak() { peak_.store(live_.load()); }
  void release_cache() { large_.release_all(); }

 private:
  static constexpr size_t kLargest = size_t{1} << 46;  // the address space of 64-bit processors

  std::atomic<size_t> live_{0}, peak_{0};
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
