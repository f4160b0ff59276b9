// Converts Python numbers, which are weak: next to a tensor they take its dtype.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "mycel/ir/attribute.h"
#include "mycel/tensor/tensor.h"

namespace mycel::python {

// Returns the value of a bool, int, float or NumPy scalar; nullopt for anything else. Raises
// ValueError for an int beyond int64.
std::optional<ir::Scalar> number_from(PyObject* object);

// Whether it is a NumPy scalar (numpy.float32(2)), which converts itself to a Python number.
bool is_numpy_scalar(PyObject* object);
// Whether it is a numpy.ndarray.
bool is_numpy_array(PyObject* object);

PyObject* number_to(const ir::Scalar& scalar);

// Returns 1 for an int above the range of int64, -1 for one below it, 0 for anything else.
int beyond_int64(PyObject* object);

// Returns the value of a concrete 0-d tensor without gradient; nullopt for any other tensor.
std::optional<ir::Scalar> number_of_tensor(PyObject* object);
// Returns the value of a number or of such a tensor.
std::optional<ir::Scalar> scalar_from(PyObject* object);

// Converts an int, an object with __index__, or a 0-d integer tensor of known value; nullopt for
// anything else.
std::optional<int64_t> integer_from(PyObject* object);

// Reads one int or a sequence of ints; false for anything else.
bool integers_from(PyObject* object, Ints& out);

// Returns a tuple of ints.
PyObject* integers_to(const Ints& values);

}  // namespace mycel::python
