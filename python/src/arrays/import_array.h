// Exchanges arrays with NumPy, DLPack and the buffer protocol.
#pragma once

#include <nanobind/nanobind.h>

#include "python/src/arrays/foreign_array.h"

namespace mycel::python {

namespace nb = nanobind;

// Imports an object with the buffer protocol (NumPy arrays and scalars, array.array, memoryview),
// with __dlpack__, or one that numpy.asarray accepts. Raises TypeError for anything else.
NDArray import_array(PyObject* object, CopyMode copy);

// Imports a host array from an object with __dlpack__.
NDArray import_dlpack(PyObject* object, CopyMode copy);

// Returns a read-only NumPy array that shares the array's memory and keeps it alive.
PyObject* export_numpy(const NDArray& host);

// Returns a DLPack capsule. A versioned one is read-only, or holds a copy if `copy` is set; an
// unversioned one always holds a copy.
PyObject* export_dlpack(const NDArray& host, bool versioned, bool copy);

void bind_arrays(nb::module_& module);

}  // namespace mycel::python
