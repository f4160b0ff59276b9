// Numbers of an optimiser's state under a trace: objects of mycel._state.Number.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/tensor/tensor.h"

namespace mycel::python {

namespace nb = nanobind;

// mycel._state tells its types.
void bind_state_number(nb::module_& module);

// Whether an object is a number of an open trace.
bool is_state_number(PyObject* object);
// Its Python value now; and its traced value.
nb::object value_of_state_number(PyObject* number);
Tensor tensor_of_state_number(PyObject* number);
// The Python value, for code that needs to know it: the compilation holds for this value alone.
nb::object ask_state_number(PyObject* number);

// Whether an object is an optimiser's state.
bool is_optimizer_state(PyObject* object);

}  // namespace mycel::python
