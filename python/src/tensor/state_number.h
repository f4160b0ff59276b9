// Traced numbers of an optimiser's state: instances of mycel._state.Number.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/tensor/tensor.h"

namespace mycel::python {

namespace nb = nanobind;

// Binds StateNumbers, and the function by which mycel._state registers its types.
void bind_state_number(nb::module_& module);

// Whether an object is a number of an open trace.
bool is_state_number(PyObject* object);
// Return its current Python value, and its traced value.
nb::object value_of_state_number(PyObject* number);
Tensor tensor_of_state_number(PyObject* number);
// Returns the Python value to code that depends on it: the compilation holds only for this value.
nb::object ask_state_number(PyObject* number);

// Whether an object is an optimiser's state.
bool is_optimizer_state(PyObject* object);

}  // namespace mycel::python
