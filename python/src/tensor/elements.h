// Converts elements of concrete arrays to Python numbers.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/core/ndarray.h"
#include "mycel/tensor/tensor.h"

namespace mycel::python {

// Returns the array in host memory. Raises CompileError, naming `what`, for a traced tensor.
NDArray host_array(const Tensor& tensor, std::string_view what);

// Returns a bool, int or float.
PyObject* element_to_python(const NDArray& host, int64_t offset);
// Returns the only element; raises ValueError if the tensor does not have exactly one.
PyObject* only_element(const Tensor& tensor, std::string_view what);
// Returns nested lists of numbers; a number for 0 dimensions.
PyObject* to_lists(const NDArray& host);

}  // namespace mycel::python
