// A piece of a device's memory, shared by reference count.
#pragma once

#include <cstddef>
#include <functional>

#include "mycel/base/intrusive_ptr.h"
#include "mycel/core/device.h"

namespace mycel {

// Gives memory of one device. Thread-safe.
class Allocator {
 public:
  virtual ~Allocator() = default;
  virtual Device device() const = 0;
  // At least `bytes` bytes, aligned to 64; never null: raises RuntimeError ("out of memory").
  virtual void* allocate(size_t bytes) = 0;
  virtual void deallocate(void* data, size_t bytes) = 0;
};

// Host memory: small blocks come from free lists per thread, large ones are kept and reused, as a
// fresh page costs more than writing it (2.5 us per 4 KiB here).
Allocator& cpu_allocator();

// Of cpu_allocator(), in the bytes that were asked for.
struct AllocatorStats {
  size_t live = 0;
  size_t peak = 0;    // the most that were live at once since the last reset
  size_t cached = 0;  // large blocks kept for reuse
};
AllocatorStats allocator_stats();
void reset_allocator_peak();
// Gives the large blocks that nobody uses back to the system.
void release_allocator_cache();

class Buffer final : public RefCounted {
 public:
  static IntrusivePtr<Buffer> make(Allocator& allocator, size_t bytes);
  // Memory that somebody else owns; `dispose` runs when the last reference goes.
  static IntrusivePtr<Buffer> wrap(void* data, size_t bytes, Device device,
                                   std::function<void()> dispose, bool read_only);

  void* data() const { return data_; }  // an address of `device()`, not of the host
  size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  // Imported memory that must not be written in place.
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
