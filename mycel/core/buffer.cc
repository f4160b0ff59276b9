#include "mycel/core/buffer.h"

#include <utility>

#include "mycel/core/small_blocks.h"

namespace mycel {

IntrusivePtr<Buffer> Buffer::make(Allocator& allocator, size_t bytes) {
  void* data = allocator.allocate(bytes);
  IntrusivePtr<Buffer> buffer = make_intrusive<Buffer>(data, bytes, allocator.device());
  buffer->allocator_ = &allocator;
  return buffer;
}

IntrusivePtr<Buffer> Buffer::wrap(void* data, size_t bytes, Device device,
                                  std::function<void()> dispose, bool read_only) {
  IntrusivePtr<Buffer> buffer = make_intrusive<Buffer>(data, bytes, device);
  buffer->dispose_ = std::move(dispose);
  buffer->read_only_ = read_only;
  return buffer;
}

Buffer::~Buffer() {
  if (allocator_) {
    allocator_->deallocate(data_, bytes_);
  } else if (dispose_) {
    dispose_();
  }
}

void* Buffer::operator new(size_t size) { return allocate_small(size); }
void Buffer::operator delete(void* pointer) { free_small(pointer, sizeof(Buffer)); }

}  // namespace mycel
