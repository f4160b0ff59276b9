// Elements of concrete arrays as Python numbers.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/core/ndarray.h"
#include "mycel/tensor/tensor.h"

namespace mycel::python {

// The array where the host can read it. Raises CompileError for a traced tensor, naming `what`.
NDArray host_array(const Tensor& tensor, std::string_view what);

// A bool, int or float.
PyObject* element_to_python(const NDArray& host, int64_t offset);
// The only element; raises ValueError for more than one.
PyObject* only_element(const Tensor& tensor, std::string_view what);
// Nested lists of numbers; a number for 0 dimensions.
PyObject* to_lists(const NDArray& host);

}  // namespace mycel::python
