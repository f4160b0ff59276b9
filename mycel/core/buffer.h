// Buffer: reference-counted device memory. Allocator: provides it.
#pragma once

#include <cstddef>
#include <functional>

#include "mycel/base/intrusive_ptr.h"
#include "mycel/core/device.h"

namespace mycel {

// Allocates memory on one device. Thread-safe.
class Allocator {
 public:
  virtual ~Allocator() = default;
  virtual Device device() const = 0;
  // Returns at least `bytes` bytes, aligned to 64. Never null: raises RuntimeError ("out of
  // memory").
  virtual void* allocate(size_t bytes) = 0;
  virtual void deallocate(void* data, size_t bytes) = 0;
};

// The host allocator. Small blocks come from per-thread free lists; larger ones are kept after use,
// because a fresh page costs more than writing to it.
Allocator& cpu_allocator();

// Statistics of cpu_allocator() in bytes; `live` and `peak` count bytes as requested.
struct AllocatorStats {
  size_t live = 0;
  size_t peak = 0;    // maximum of `live` since the last reset
  size_t cached = 0;  // free memory kept for reuse
};
AllocatorStats allocator_stats();
void reset_allocator_peak();
// Returns the cached memory to the system.
void release_allocator_cache();

class Buffer final : public RefCounted {
 public:
  static IntrusivePtr<Buffer> make(Allocator& allocator, size_t bytes);
  // Wraps memory owned elsewhere; `dispose` runs when the last reference is released.
  static IntrusivePtr<Buffer> wrap(void* data, size_t bytes, Device device,
                                   std::function<void()> dispose, bool read_only);

  void* data() const { return data_; }  // on `device()`, which need not be the host
  size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  // Whether the memory is imported and must not be written in place.
  bool read_only() const { return read_only_; }

  Buffer(void* data, size_t bytes, Device device) : data_(data), bytes_(bytes), device_(device) {}
  ~Buffer() override;
  static void* operator new(size_t size);
  static void operator delete(void* pointer);

 private:
  void* data_;
  size_t bytes_;
  Device device_;
  bool read_only_ = false;
  Allocator* allocator_ = nullptr;
  std::function<void()> dispose_;
};

using BufferPtr = IntrusivePtr<Buffer>;

}  // namespace mycel
