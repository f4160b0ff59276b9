#include "mycel/tensor/object.h"

#include <new>
#include <vector>

namespace mycel {

void intrusive_retain(const TensorObject* object) { object->retain(); }
void intrusive_release(const TensorObject* object) { object->release(); }

namespace {

// Tensor objects come and go with every eager operation: their memory is kept per thread.
struct FreeList {
  std::vector<void*> blocks;
  ~FreeList() {
    for (void* block : blocks) ::operator delete(block);
    closed = true;
  }
  static thread_local bool closed;
};
thread_local bool FreeList::closed = false;

FreeList& free_list() {
  thread_local FreeList list;
  return list;
}

constexpr size_t kMostKept = 256;

}  // namespace

TensorObject::~TensorObject() {
  if (leaf) leaf->forget_object();
  if (!anchor_) return;
  anchor_->object = nullptr;
  anchor_->source = source;
}

TensorObject* TensorObject::living_source() const {
  for (const Anchor* anchor = source.get(); anchor; anchor = anchor->source.get()) {
    if (anchor->object) return anchor->object;
  }
  return nullptr;
}

IntrusivePtr<Anchor> TensorObject::anchor() {
  if (!anchor_) {
    anchor_ = make_intrusive<Anchor>();
    anchor_->object = this;
  }
  return anchor_;
}

void* TensorObject::operator new(size_t size) {
  if (!FreeList::closed) {
    std::vector<void*>& blocks = free_list().blocks;
    if (!blocks.empty()) {
      void* block = blocks.back();
      blocks.pop_back();
      return block;
    }
  }
  return ::operator new(size);
}

void TensorObject::operator delete(void* pointer) {
  if (!FreeList::closed && free_list().blocks.size() < kMostKept) {
    free_list().blocks.push_back(pointer);
  } else {
    ::operator delete(pointer);
  }
}

}  // namespace mycel
