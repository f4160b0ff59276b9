// mc.dtype: the element types as Python objects, one per type.
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
// From a mc.dtype, its name, bool/int/float, or a NumPy dtype or scalar type; none for others.
std::optional<DType> dtype_from(PyObject* object);
// The same, or a TypeError "[op] expects dtype ...".
DType require_dtype(PyObject* object, std::string_view op);

// mc.device, and a device from one or from its name ("cpu").
void bind_devices(nb::module_& module);
Device require_device(PyObject* object, std::string_view op);

}  // namespace mycel::python
