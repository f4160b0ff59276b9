// Exports arrays as DLPack capsules.
#include "python/src/arrays/dlpack_abi.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/error.h"

namespace mycel::python {
namespace {

// Keeps the memory alive while the consumer uses it.
template <class Struct>
struct Held {
  NDArray array;
  Shape shape;
  Strides strides;
  Struct managed;
};

template <class Struct>
Struct* hold(const NDArray& array) {
  auto* held = new Held<Struct>{array, array.shape(), array.strides(), {}};
  held->managed.context = held;
  held->managed.deleter = [](Struct* self) { delete static_cast<Held<Struct>*>(self->context); };
  held->managed.array = {array.raw(),
                         {dlpack::kCpu, 0},
                         static_cast<int32_t>(array.rank()),
                         dlpack::type_of(array.dtype()),
                         held->shape.data(),
                         held->strides.data(),
                         0};
  return &held->managed;
}

// Makes a capsule that deletes its content if no consumer took it.
template <class Struct>
PyObject* capsule(Struct* managed, const char* name) {
  PyCapsule_Destructor destroy = [](PyObject* self) {
    const char* current = PyCapsule_GetName(self);
    bool fresh = current && (std::string_view(current) == dlpack::kName ||
                             std::string_view(current) == dlpack::kNameVersioned);
    if (!fresh) return;
    auto* unused = static_cast<Struct*>(PyCapsule_GetPointer(self, current));
    unused->deleter(unused);
  };
  PyObject* result = PyCapsule_New(managed, name, destroy);
  if (!result) managed->deleter(managed);
  return check(result);
}

}  // namespace

PyObject* export_dlpack(const NDArray& host, bool versioned, bool copy) {
  NDArray array = host;
  if (copy || !versioned) {  // a consumer that knows no flags may write
    array = NDArray::empty(host.dtype(), host.shape());
    copy_elements(host, array);
  }
  if (!versioned) return capsule(hold<dlpack::Managed>(array), dlpack::kName);
  auto* managed = hold<dlpack::ManagedVersioned>(array);
  managed->major = dlpack::kMajor;
  managed->minor = dlpack::kMinor;
  managed->flags = copy ? dlpack::kIsCopied : dlpack::kReadOnly;
  return capsule(managed, dlpack::kNameVersioned);
}

}  // namespace mycel::python
