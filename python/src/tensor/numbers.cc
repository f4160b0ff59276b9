#include "python/src/tensor/numbers.h"

#include "python/src/common/error.h"
#include "python/src/common/imported.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/state_number.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

int64_t int64_of(PyObject* object) {
  int overflow = 0;
  int64_t value = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow != 0) {
    fail(Code::kValue, "expects a number of at most 64 bits, got {}",
         nb::cast<const char*>(nb::str(nb::handle(object))));
  }
  if (value == -1 && PyErr_Occurred()) nb::raise_python_error();
  return value;
}

bool may_be_numpy(PyObject* object) {
  return std::string_view(Py_TYPE(object)->tp_name).starts_with("numpy.");
}

}  // namespace

bool is_numpy_scalar(PyObject* object) {
  static constinit Imported generic{"numpy", "generic"};
  return may_be_numpy(object) && PyObject_IsInstance(object, generic.get()) == 1;
}

std::optional<ir::Scalar> number_from(PyObject* object) {
  if (PyFloat_Check(object)) return PyFloat_AS_DOUBLE(object);
  if (PyBool_Check(object)) return object == Py_True;
  if (PyLong_Check(object)) return int64_of(object);
  if (is_numpy_scalar(object)) {
    nb::object value = nb::handle(object).attr("item")();
    if (!may_be_numpy(value.ptr())) return number_from(value.ptr());
  }
  if (is_state_number(object)) return number_from(ask_state_number(object).ptr());
  return std::nullopt;
}

bool is_numpy_array(PyObject* object) {
  return std::string_view(Py_TYPE(object)->tp_name) == "numpy.ndarray";
}

PyObject* number_to(const ir::Scalar& scalar) {
  if (const bool* b = std::get_if<bool>(&scalar)) return PyBool_FromLong(*b);
  if (const int64_t* i = std::get_if<int64_t>(&scalar)) return PyLong_FromLongLong(*i);
  return PyFloat_FromDouble(std::get<double>(scalar));
}

int beyond_int64(PyObject* object) {
  int overflow = 0;
  if (PyLong_Check(object)) {
    PyLong_AsLongLongAndOverflow(object, &overflow);
  } else if (!PyFloat_Check(object) && is_numpy_scalar(object)) {
    nb::object value = nb::handle(object).attr("item")();
    if (PyLong_Check(value.ptr())) return beyond_int64(value.ptr());
  }
  return overflow;
}

std::optional<ir::Scalar> number_of_tensor(PyObject* object) {
  const Tensor& tensor = as_tensor(object)->tensor;
  if (tensor.rank() > 0 || tensor.is_traced() || tensor.requires_grad()) return std::nullopt;
  nb::object value = nb::steal(only_element(tensor, "item"));
  return number_from(value.ptr());
}

std::optional<ir::Scalar> scalar_from(PyObject* object) {
  return is_tensor(object) ? number_of_tensor(object) : number_from(object);
}

std::optional<int64_t> integer_from(PyObject* object) {
  if (PyLong_Check(object)) return int64_of(object);
  if (is_tensor(object)) {
    if (!is_integer(as_tensor(object)->tensor.dtype())) return std::nullopt;
    std::optional<ir::Scalar> value = number_of_tensor(object);
    return value ? std::optional(ir::to_int(*value)) : std::nullopt;
  }
  if (PyFloat_Check(object) || !PyIndex_Check(object)) return std::nullopt;
  nb::object value = nb::steal(PyNumber_Index(object));
  if (value) return int64_of(value.ptr());
  PyErr_Clear();  // an array of several elements
  return std::nullopt;
}

bool integers_from(PyObject* object, Ints& out) {
  if (std::optional<int64_t> one = integer_from(object)) {
    out = {*one};
    return true;
  }
  if (PyUnicode_Check(object) || !PySequence_Check(object) || is_tensor(object)) return false;
  nb::object items = owned(PySequence_Fast(object, "expects a sequence of ints"));
  out.clear();
  // An item's __index__ may change the list.
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
    std::optional<int64_t> item = integer_from(PySequence_Fast_GET_ITEM(items.ptr(), i));
    if (!item) return false;
    out.push_back(*item);
  }
  return true;
}

PyObject* integers_to(const Ints& values) {
  nb::object tuple = owned(PyTuple_New(static_cast<Py_ssize_t>(values.size())));
  for (size_t i = 0; i < values.size(); ++i) {
    PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i),
                     check(PyLong_FromLongLong(values[i])));
  }
  return tuple.release().ptr();
}

}  // namespace mycel::python
