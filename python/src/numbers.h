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

PyObject* number_to(const ir::Scalar& scalar);

// An int, or anything with __index__ that is no tensor; none for anything else.
std::optional<int64_t> integer_from(PyObject* object);

// One int or a sequence of ints; false for anything else.
bool integers_from(PyObject* object, Ints& out);

// A tuple of ints.
PyObject* integers_to(const Ints& values);

}  // namespace mycel::python
