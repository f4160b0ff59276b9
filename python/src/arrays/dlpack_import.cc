// Imports arrays from DLPack capsules.
#include "python/src/arrays/dlpack_abi.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/error.h"

namespace mycel::python {
namespace {

DType dtype_of(dlpack::DataType type) {
  for (int i = 0; i < kNumDTypes; ++i) {
    if (type == dlpack::type_of(static_cast<DType>(i))) return static_cast<DType>(i);
  }
  fail(Code::kType, "[from_dlpack] expects a dtype that Mycel has, got code {}, {} bits, {} lanes",
       type.code, type.bits, type.lanes);
}

constexpr int32_t kMostDims = 64;  // as in NumPy

[[noreturn]] void fail_shape() {
  fail(Code::kValue, "[from_dlpack] expects a shape, strides and an offset that memory has");
}

Strides byte_strides(const dlpack::Array& array, int64_t itemsize) {
  Strides strides(static_cast<size_t>(array.ndim), 0);
  int64_t next = itemsize;  // row-major strides, which null means
  for (size_t i = strides.size(); i-- > 0;) {
    bool overflows = array.strides
                         ? __builtin_mul_overflow(array.strides[i], itemsize, &strides[i])
                         : __builtin_mul_overflow(strides[i] = next, array.shape[i], &next);
    if (overflows) fail_shape();
  }
  return strides;
}

ForeignArray foreign_of(const dlpack::Array& array, bool writable) {
  if (array.device.type != dlpack::kCpu) {
    fail(Code::kValue, "[from_dlpack] expects an array on the host, got device type {}",
         array.device.type);
  }
  if (array.ndim < 0 || array.ndim > kMostDims || (array.ndim > 0 && !array.shape)) {
    fail(Code::kValue, "[from_dlpack] expects a shape of 0 to {} dims, got {}", kMostDims,
         array.shape ? std::to_string(array.ndim) : "none");
  }
  DType dtype = dtype_of(array.dtype);
  uintptr_t unused = 0;
  if (__builtin_add_overflow(reinterpret_cast<uintptr_t>(array.data), array.byte_offset, &unused)) {
    fail_shape();
  }
  char* data = array.data ? static_cast<char*>(array.data) + array.byte_offset : nullptr;
  return {data, dtype, Shape(array.shape, array.shape + array.ndim),
          byte_strides(array, byte_size(dtype)), writable};
}

template <class Struct>
NDArray take(PyObject* capsule, const char* name, const char* used, bool writable, CopyMode mode) {
  auto* managed = static_cast<Struct*>(PyCapsule_GetPointer(capsule, name));
  if (!managed) nb::raise_python_error();
  // From here on the importer must release the memory; that runs the owner's code, maybe Python.
  check_status(PyCapsule_SetName(capsule, used));
  std::shared_ptr<void> owner(managed, [](Struct* held) {
    with_interpreter([held] {
      if (held->deleter) held->deleter(held);
    });
  });
  return adopt(foreign_of(managed->array, writable), mode, std::move(owner), "from_dlpack");
}

nb::object ask(nb::handle object) {
  nb::object method = object.attr("__dlpack__");
  try {
    return method(nb::arg("max_version") = nb::make_tuple(dlpack::kMajor, dlpack::kMinor));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;
  }
  return method();
}

}  // namespace

NDArray import_dlpack(PyObject* object, CopyMode mode) {
  nb::object capsule = ask(object);
  if (PyCapsule_IsValid(capsule.ptr(), dlpack::kNameVersioned)) {
    auto* managed = static_cast<dlpack::ManagedVersioned*>(
        PyCapsule_GetPointer(capsule.ptr(), dlpack::kNameVersioned));
    if (managed->major != dlpack::kMajor) {
      fail(Code::kValue, "[from_dlpack] expects DLPack version {}, got {}", dlpack::kMajor,
           managed->major);
    }
    bool writable = (managed->flags & (dlpack::kReadOnly | dlpack::kIsCopied)) == 0;
    return take<dlpack::ManagedVersioned>(capsule.ptr(), dlpack::kNameVersioned,
                                          dlpack::kUsedVersioned, writable, mode);
  }
  return take<dlpack::Managed>(capsule.ptr(), dlpack::kName, dlpack::kUsed, true, mode);
}

}  // namespace mycel::python
