#include "mycel/tensor/tensor_impl.h"

#include "mycel/core/small_blocks.h"
#include "mycel/tensor/view.h"

namespace mycel {

void intrusive_retain(const TensorImpl* object) { object->retain(); }
void intrusive_release(const TensorImpl* object) { object->release(); }

TensorImpl::~TensorImpl() {
  if (leaf) leaf->forget_object();
  if (!view) return;
  // A loop frees a chain of bases that only views held: recursion could overflow the stack.
  Tensor base = disconnect(*this);
  while (base.object()->view && base.object()->unique()) base = disconnect(*base.object());
}

// Every eager operation allocates and frees tensor objects.
void* TensorImpl::operator new(size_t size) { return allocate_small(size); }
void TensorImpl::operator delete(void* pointer) { free_small(pointer, sizeof(TensorImpl)); }
void* ViewLink::operator new(size_t size) { return allocate_small(size); }
void ViewLink::operator delete(void* pointer) { free_small(pointer, sizeof(ViewLink)); }

}  // namespace mycel
