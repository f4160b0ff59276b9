// An allocator of memory that can be accessed only while it is opened.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "mycel/core/buffer.h"

namespace mycel::backends {

// Allocates whole pages without access rights: reading or writing them faults, so that a layer that
// mistakes device memory for host memory is caught at once.
class PageAllocator final : public Allocator {
 public:
  Device device() const override { return {DeviceKind::kReference, 0}; }
  void* allocate(size_t bytes) override;
  void deallocate(void* data, size_t bytes) override;

 private:
  friend class OpenPages;
  struct Block {
    size_t bytes = 0;  // whole pages
    int users = 0;     // scopes that have it open
  };
  // The block that holds the address; an internal error if none does.
  std::map<char*, Block>::iterator find(void* address);

  std::mutex mutex_;
  std::map<char*, Block> blocks_;
};

// Opens the blocks that contain the addresses, until the end of the scope; ignores null addresses.
class OpenPages {
 public:
  OpenPages(PageAllocator& allocator, std::span<void* const> addresses);
  ~OpenPages();
  OpenPages(const OpenPages&) = delete;
  OpenPages& operator=(const OpenPages&) = delete;

 private:
  PageAllocator& allocator_;
  std::vector<char*> open_;
};

}  // namespace mycel::backends
