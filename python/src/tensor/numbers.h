// Python numbers beside tensors: they are weak, so they take the tensor's dtype.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "mycel/ir/attribute.h"
#include "mycel/tensor/tensor.h"

namespace mycel::python {

// The value of a bool, int, float or NumPy scalar; none for anything else. Raises ValueError for an
// int beyond 64 bits.
std::optional<ir::Scalar> number_from(PyObject* object);

// Whether it is one of NumPy's scalars (numpy.float32(2)), which know themselves as Python numbers.
bool is_numpy_scalar(PyObject* object);
// Whether it is a numpy.ndarray.
bool is_numpy_array(PyObject* object);

PyObject* number_to(const ir::Scalar& scalar);

// Whether an int lies above (1) or below (-1) what int64 holds; 0 for all else.
int beyond_int64(PyObject* object);

// The value of a 0-d tensor that is concrete and without gradient; none for any other.
std::optional<ir::Scalar> number_of_tensor(PyObject* object);
// The value of either.
std::optional<ir::Scalar> scalar_from(PyObject* object);

// An int, anything with __index__, or a 0-d integer tensor whose value is known; none for anything
// else.
std::optional<int64_t> integer_from(PyObject* object);

// One int or a sequence of ints; false for anything else.
bool integers_from(PyObject* object, Ints& out);

// A tuple of ints.
PyObject* integers_to(const Ints& values);

}  // namespace mycel::python
