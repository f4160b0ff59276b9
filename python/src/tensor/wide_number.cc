#include "python/src/tensor/wide_number.h"

#include <nanobind/stl/string.h>

#include <cmath>

#include "python/src/common/error.h"
#include "python/src/tensor/numbers.h"

namespace mycel::python {

std::optional<TypedNumber> wide_number(PyObject* object, DType dtype) {
  if (!PyLong_Check(object)) return wide_number(owned(PyNumber_Index(object)).ptr(), dtype);
  if (is_floating(dtype)) {
    double value = PyLong_AsDouble(object);
    if (PyErr_Occurred()) PyErr_Clear(), value = beyond_int64(object) * HUGE_VAL;
    return TypedNumber{value, dtype};
  }
  if (dtype == DType::kBool) return TypedNumber{true, dtype};
  if (dtype == DType::kUInt64 && beyond_int64(object) > 0) {
    unsigned long long bits = PyLong_AsUnsignedLongLong(object);
    if (!PyErr_Occurred()) return TypedNumber{static_cast<int64_t>(bits), DType::kInt64};
    PyErr_Clear();
  }
  return std::nullopt;
}

TypedNumber require_wide_number(std::string_view op, PyObject* object, DType dtype) {
  if (std::optional<TypedNumber> number = wide_number(object, dtype)) return *number;
  fail(Code::kValue, "[{}] expects a number that {} holds, got {}", op, name(dtype),
       nb::cast<std::string>(nb::str(nb::handle(object))));
}

}  // namespace mycel::python
