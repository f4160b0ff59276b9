#include "mycel/backends/reference/page_allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include "mycel/base/error.h"

namespace mycel::backends {
namespace {

size_t whole_pages(size_t bytes) {
  static const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (std::max<size_t>(bytes, 1) + page - 1) / page * page;
}

void protect(char* block, size_t bytes, int rights) {
  if (mprotect(block, bytes, rights) != 0) {
    fail(Code::kRuntime, "cannot change the access rights of {} bytes", bytes);
  }
}

}  // namespace

void* PageAllocator::allocate(size_t bytes) {
  constexpr size_t kLargest = size_t{1} << 56;
  void* block = bytes > kLargest ? MAP_FAILED
                                 : mmap(nullptr, whole_pages(bytes), PROT_NONE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (block == MAP_FAILED) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
  std::lock_guard lock(mutex_);
  blocks_.emplace(static_cast<char*>(block), Block{whole_pages(bytes), 0});
  return block;
}

void PageAllocator::deallocate(void* data, size_t bytes) {
  {
    std::lock_guard lock(mutex_);
    blocks_.erase(static_cast<char*>(data));
  }
  munmap(data, whole_pages(bytes));
}

std::map<char*, PageAllocator::Block>::iterator PageAllocator::find(void* address) {
  auto after = blocks_.upper_bound(static_cast<char*>(address));
  if (after != blocks_.begin()) {
    auto block = std::prev(after);
    // One past the end is the address of an empty view.
    if (address <= block->first + block->second.bytes) return block;
  }
  fail_internal("the reference device is given an address that is not its own");
}

OpenPages::OpenPages(PageAllocator& allocator, std::span<void* const> addresses)
    : allocator_(allocator) {
  std::lock_guard lock(allocator_.mutex_);
  for (void* address : addresses) {
    if (!address) continue;
    auto block = allocator_.find(address);
    if (block->second.users == 0) {
      protect(block->first, block->second.bytes, PROT_READ | PROT_WRITE);
    }
    ++block->second.users;
    open_.push_back(block->first);
  }
}

OpenPages::~OpenPages() {
  std::lock_guard lock(allocator_.mutex_);
  for (char* address : open_) {
    PageAllocator::Block& block = allocator_.blocks_.at(address);
    if (--block.users == 0) mprotect(address, block.bytes, PROT_NONE);
  }
}

}  // namespace mycel::backends
