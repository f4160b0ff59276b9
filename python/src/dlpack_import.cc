#include <algorithm>

#include "python/src/dlpack_abi.h"
#include "python/src/error.h"
#include "python/src/import_array.h"

namespace mycel::python {
namespace {

DType dtype_of(dlpack::DataType type) {
  for (int i = 0; i < kNumDTypes; ++i) {
    if (type == dlpack::type_of(static_cast<DType>(i))) return static_cast<DType>(i);
  }
  fail(Code::kType, "[from_dlpack] expects a dtype that Mycel has, got code {}, {} bits, {} lanes",
       type.code, type.bits, type.lanes);
}

size_t span_bytes(const Shape& shape, const Strides& strides, DType dtype) {
  int64_t last = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return 0;
    last += std::max<int64_t>(0, (shape[i] - 1) * strides[i]);
  }
  return static_cast<size_t>((last + 1) * byte_size(dtype));
}

NDArray over(const dlpack::Array& array, std::function<void()> dispose) {
  if (array.device.type != dlpack::kCpu) {
    fail(Code::kValue, "[from_dlpack] expects an array on the host, got device type {}",
         array.device.type);
  }
  if (array.ndim < 0 || (array.ndim > 0 && !array.shape)) {
    fail(Code::kValue, "[from_dlpack] expects a shape, got none");
  }
  DType dtype = dtype_of(array.dtype);
  Shape shape(array.shape, array.shape + array.ndim);
  if (std::any_of(shape.begin(), shape.end(), [](int64_t extent) { return extent < 0; })) {
    fail(Code::kValue, "[from_dlpack] expects extents of at least 0, got {}", to_string(shape));
  }
  Strides strides =
      array.strides ? Strides(array.strides, array.strides + array.ndim) : row_major(shape);
  static char empty[1];
  char* data = array.data ? static_cast<char*>(array.data) + array.byte_offset : empty;
  BufferPtr buffer = Buffer::wrap(data, span_bytes(shape, strides, dtype), mycel::Device{},
                                  std::move(dispose), true);
  return NDArray(std::move(buffer), dtype, std::move(shape), std::move(strides));
}

NDArray copy_of(const NDArray& array) {
  NDArray copy = NDArray::empty(array.dtype(), array.shape());
  copy_elements(array, copy);
  return copy;
}

template <class Struct>
NDArray take(PyObject* capsule, const char* name, const char* used, bool writable, CopyMode mode) {
  auto* managed = static_cast<Struct*>(PyCapsule_GetPointer(capsule, name));
  if (!managed) nb::raise_python_error();
  // From here on the memory is ours to give back; that runs the owner's code, maybe Python.
  check_status(PyCapsule_SetName(capsule, used));
  auto release = [managed] {
    with_interpreter([managed] {
      if (managed->deleter) managed->deleter(managed);
    });
  };
  NDArray shared;
  try {
    shared = over(managed->array, release);
  } catch (...) {
    release();
    throw;
  }
  bool copy = mode == CopyMode::kAlways || (mode == CopyMode::kIfWritable && writable);
  return copy ? copy_of(shared) : shared;
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
