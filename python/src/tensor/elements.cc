#include "python/src/tensor/elements.h"

#include "mycel/tensor/context.h"
#include "python/src/common/error.h"

namespace mycel::python {
namespace {

PyObject* list_of(const NDArray& host, size_t axis, int64_t offset) {
  if (axis == host.rank()) return check(element_to_python(host, offset));
  int64_t extent = host.shape()[axis];
  nb::object list = owned(PyList_New(extent));
  for (int64_t i = 0; i < extent; ++i) {
    PyList_SET_ITEM(list.ptr(), i, list_of(host, axis + 1, offset + i * host.strides()[axis]));
  }
  return list.release().ptr();
}

}  // namespace

NDArray host_array(const Tensor& tensor, std::string_view what) {
  const NDArray& array = tensor.array(what);
  return array.device() == Device{} ? array : context().engine->to_host(array);
}

PyObject* element_to_python(const NDArray& host, int64_t offset) {
  return visit_dtype(host.dtype(), [&](auto tag) -> PyObject* {
    using T = typename decltype(tag)::type;
    auto value = static_cast<ComputeType<T>>(host.data<T>()[offset]);
    if constexpr (std::is_same_v<T, bool>) {
      return PyBool_FromLong(value);
    } else if constexpr (std::is_floating_point_v<decltype(value)>) {
      return PyFloat_FromDouble(static_cast<double>(value));
    } else if constexpr (std::is_unsigned_v<T>) {
      return PyLong_FromUnsignedLongLong(value);
    } else {
      return PyLong_FromLongLong(value);
    }
  });
}

PyObject* only_element(const Tensor& tensor, std::string_view what) {
  NDArray host = host_array(tensor, what);
  if (host.size() != 1) {
    fail(Code::kValue, "[{}] expects a tensor of one element, got {}{}", what,
         ir::to_string(tensor.type()),
         what == "bool" ? "; reduce it first, with .any() or .all()" : "");
  }
  return element_to_python(host, 0);
}

PyObject* to_lists(const NDArray& host) { return list_of(host, 0, 0); }

}  // namespace mycel::python
