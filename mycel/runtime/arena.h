// Working memory of executables, leased per call and shared between them.
#pragma once

#include <mutex>
#include <vector>

#include "mycel/core/buffer.h"

namespace mycel::runtime {

class ArenaPool;

// Memory for one call, returned to its pool on destruction.
class ArenaLease {
 public:
  ArenaLease() = default;
  ArenaLease(ArenaPool* pool, BufferPtr buffer) : pool_(pool), buffer_(std::move(buffer)) {}
  ArenaLease(ArenaLease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), buffer_(std::move(other.buffer_)) {}
  ArenaLease& operator=(ArenaLease&&) = delete;
  ~ArenaLease();
  char* data() const { return buffer_ ? static_cast<char*>(buffer_->data()) : nullptr; }

 private:
  ArenaPool* pool_ = nullptr;
  BufferPtr buffer_;
};

// One pool per backend. Keeps a few buffers; a lease takes the smallest that is large enough, or
// replaces the largest. Results and residuals never lie in an arena.
class ArenaPool {
 public:
  explicit ArenaPool(Allocator& allocator) : allocator_(allocator) {}
  ArenaLease lease(int64_t bytes);
  // Frees all buffers that it keeps.
  void clear();
  static ArenaPool& of(Allocator& allocator);

 private:
  friend class ArenaLease;
  void give_back(BufferPtr buffer);

  Allocator& allocator_;
  std::mutex mutex_;
  std::vector<BufferPtr> free_;
};

}  // namespace mycel::runtime
