// Python's ints beyond int64, which uint64 and floats may hold.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string_view>

#include "mycel/ops/number_operand.h"

namespace mycel::python {

// Such an int for elements of a dtype, as a number that is cast to it: the bits of a uint64, or a
// float; none where the dtype does not hold it.
std::optional<TypedNumber> wide_number(PyObject* object, DType dtype);
// The same, which raises ValueError.
TypedNumber require_wide_number(std::string_view op, PyObject* object, DType dtype);

}  // namespace mycel::python
