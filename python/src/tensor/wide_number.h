// Converts Python ints beyond int64, which uint64 and floats may hold.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string_view>

#include "mycel/ops/number_operand.h"

namespace mycel::python {

// Converts such an int to a number that is then cast to `dtype`: the bits of a uint64, or a float;
// nullopt if the dtype does not hold it.
std::optional<TypedNumber> wide_number(PyObject* object, DType dtype);
// The same, but raises ValueError instead of returning nullopt.
TypedNumber require_wide_number(std::string_view op, PyObject* object, DType dtype);

}  // namespace mycel::python
