// The Python object behind mc.Tensor.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

#include "mycel/tensor/tensor.h"

namespace mycel::python {

namespace nb = nanobind;

// A Tensor handle. A TensorImpl has at most one Python object at a time, so that `p.grad is
// p.grad`.
struct PyTensor {
  PyObject_HEAD Tensor tensor;
  PyObject* weak_references;
};

extern PyTypeObject tensor_type;
void bind_tensor_type(nb::module_& module);

inline bool is_tensor(PyObject* object) { return PyObject_TypeCheck(object, &tensor_type); }
inline PyTensor* as_tensor(PyObject* object) { return reinterpret_cast<PyTensor*>(object); }

// Returns a new reference to the tensor's Python object, made if there is none.
PyObject* wrap(Tensor tensor);
// Returns None for an undefined tensor.
PyObject* wrap_or_none(const Tensor& tensor);
// Returns a tuple.
PyObject* wrap_all(const Tensors& tensors);

// Returns a new tensor with this value: under a trace, an input of the traced function.
Tensor tensor_of(NDArray array);

}  // namespace mycel::python

// Lets nanobind functions take and return tensors, and lists of them.
template <>
struct nanobind::detail::type_caster<mycel::Tensor> {
  NB_TYPE_CASTER(mycel::Tensor, const_name("mycel.Tensor"))

  bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
    if (!mycel::python::is_tensor(source.ptr())) return false;
    value = mycel::python::as_tensor(source.ptr())->tensor;
    return true;
  }
  static handle from_cpp(const mycel::Tensor& tensor, rv_policy, cleanup_list*) noexcept {
    return mycel::python::wrap_or_none(tensor);
  }
};
template <>
struct nanobind::detail::type_caster<mycel::Tensors>
    : nanobind::detail::list_caster<mycel::Tensors, mycel::Tensor> {};
