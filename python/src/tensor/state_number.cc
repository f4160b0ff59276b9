#include "python/src/tensor/state_number.h"

#include <fmt/format.h>

#include "mycel/tensor/context.h"
#include "mycel/tensor/trace.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

PyTypeObject* number_type = nullptr;  // mycel._state.Number
PyTypeObject* state_type = nullptr;   // mycel._state.State

PyTypeObject* kept(nb::object type) {
  return reinterpret_cast<PyTypeObject*>(type.release().ptr());
}

// Operands of the open trace, which every call reads from a list that it fills first.
class StateNumbers {
 public:
  explicit StateNumbers(nb::list values) : trace_(context().trace), values_(std::move(values)) {}

  Tensor operand(size_t index, nb::handle dtype) const {
    DType kind = require_dtype(dtype.ptr(), "optimizer");
    return trace_->number(values_.ptr(), fmt::format("number{}", index), kind,
                          [values = values_, index] {
                            nb::gil_scoped_acquire lock;
                            double value = PyFloat_AsDouble(nb::object(values[index]).ptr());
                            if (value == -1 && PyErr_Occurred()) nb::raise_python_error();
                            return value;
                          });
  }

 private:
  IntrusivePtr<Trace> trace_;
  nb::list values_;
};

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
  nb::class_<StateNumbers>(module, "StateNumbers")
      .def(nb::init<nb::list>(), nb::arg("values"),
           nb::sig("def __init__(self, values: list[Any]) -> None"))
      .def("operand", &StateNumbers::operand, nb::arg("index"), nb::arg("dtype"),
           nb::sig("def operand(self, index: int, dtype: dtype) -> Tensor"));
}

}  // namespace mycel::python
