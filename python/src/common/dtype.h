// mc.dtype, with one Python object per element type, and mc.device.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "mycel/core/device.h"
#include "mycel/core/dtype.h"

namespace mycel::python {

namespace nb = nanobind;

void bind_dtypes(nb::module_& module);

PyObject* dtype_object(DType dtype);  // borrowed
bool is_dtype(PyObject* object);
// Converts a mc.dtype, its name, bool/int/float, or a NumPy dtype or scalar type, else nullopt.
std::optional<DType> dtype_from(PyObject* object);
// The same, but raises TypeError "[op] expects dtype ..." instead of returning nullopt.
DType require_dtype(PyObject* object, std::string_view op);

// mc.device, and the conversion of a mc.device or its name ("cpu").
void bind_devices(nb::module_& module);
Device require_device(PyObject* object, std::string_view op);

}  // namespace mycel::python
