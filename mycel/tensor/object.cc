#include "mycel/tensor/object.h"

#include "mycel/core/small_blocks.h"
#include "mycel/tensor/trace.h"

namespace mycel {

void intrusive_retain(const TensorObject* object) { object->retain(); }
void intrusive_release(const TensorObject* object) { object->release(); }

TensorObject::~TensorObject() {
  if (leaf) leaf->forget_object();
  if (!anchor_) return;
  anchor_->object = nullptr;
  // Not by way of objects that are gone too: a loop that reshapes would make an endless chain.
  while (source && !source->object) source = source->source;
  anchor_->source = std::move(source);
}

TensorObject* TensorObject::living_source() const {
  for (const Anchor* anchor = source.get(); anchor; anchor = anchor->source.get()) {
    if (anchor->object) return anchor->object;
  }
  return nullptr;
}

void mark_sources(const TensorObject& view, const ir::Location& where) {
  for (TensorObject* source = view.living_source(); source; source = source->living_source()) {
    if (Trace* trace = context().trace) trace->note_stale(*source);
    source->stale = true;
    source->stale_write = where;
  }
}

IntrusivePtr<Anchor> TensorObject::anchor() {
  if (!anchor_) {
    anchor_ = make_intrusive<Anchor>();
    anchor_->object = this;
  }
  return anchor_;
}

// Tensor objects come and go with every eager operation.
void* TensorObject::operator new(size_t size) { return allocate_small(size); }
void TensorObject::operator delete(void* pointer) { free_small(pointer, sizeof(TensorObject)); }

}  // namespace mycel
