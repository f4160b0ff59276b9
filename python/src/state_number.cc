#include "python/src/state_number.h"

#include "mycel/tensor/context.h"
#include "mycel/tensor/trace.h"
#include "python/src/dtype.h"
#include "python/src/error.h"
#include "python/src/tensor_object.h"

namespace mycel::python {
namespace {

PyTypeObject* number_type = nullptr;  // mycel._state.Number
PyTypeObject* state_type = nullptr;   // mycel._state.State

PyTypeObject* kept(nb::object type) {
  return reinterpret_cast<PyTypeObject*>(type.release().ptr());
}

double number_in(const nb::dict& holder, const nb::object& key) {
  PyObject* value = PyDict_GetItem(holder.ptr(), key.ptr());
  double number = value ? PyFloat_AsDouble(value) : -1;
  if (!value || (number == -1 && PyErr_Occurred())) {
    PyErr_Clear();
    fail(Code::kType, "[optimizer] expects {} in the state to be a number, got {}",
         nb::cast<const char*>(nb::str(key)), value ? type_text(value) : "nothing");
  }
  return number;
}

// An operand of the open trace that every call reads from the dict.
Tensor state_number(nb::dict holder, nb::object key, nb::handle dtype) {
  std::string name = nb::cast<std::string>(nb::str(key));
  DType kind = require_dtype(dtype.ptr(), "optimizer");
  return context().trace->number(holder.ptr(), name, kind, [holder, key] {
    nb::gil_scoped_acquire lock;
    return number_in(holder, key);
  });
}

}  // namespace

bool is_state_number(PyObject* object) { return number_type && Py_TYPE(object) == number_type; }

nb::object value_of_state_number(PyObject* number) { return nb::handle(number).attr("value"); }

Tensor tensor_of_state_number(PyObject* number) {
  return as_tensor(nb::object(nb::handle(number).attr("tensor")).ptr())->tensor;
}

nb::object ask_state_number(PyObject* number) { return nb::handle(number).attr("ask")(); }

bool is_optimizer_state(PyObject* object) { return state_type && Py_TYPE(object) == state_type; }

void bind_state_number(nb::module_& module) {
  module.def(
      "set_state_types",
      [](nb::object state, nb::object number) {
        state_type = kept(std::move(state));
        number_type = kept(std::move(number));
      },
      nb::sig("def set_state_types(state: type[Any], number: type[Any]) -> None"));
  module.def("state_number", state_number,
             nb::sig("def state_number(holder: dict[Any, Any], key: Any, dtype: dtype) -> Tensor"));
}

}  // namespace mycel::python
