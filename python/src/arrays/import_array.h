// Arrays from outside: NumPy's, and whatever speaks DLPack or the buffer protocol.
#pragma once

#include <nanobind/nanobind.h>

#include "python/src/arrays/foreign_array.h"

namespace mycel::python {

namespace nb = nanobind;

// From an object with the buffer protocol (NumPy arrays and scalars, array.array, memoryview), or
// one that numpy.asarray understands. Raises TypeError for anything else.
NDArray import_array(PyObject* object, CopyMode copy);

// From an object with __dlpack__, on the host.
NDArray import_dlpack(PyObject* object, CopyMode copy);

// A read-only NumPy array that holds a reference to the array's memory.
PyObject* export_numpy(const NDArray& host);

// A DLPack capsule; read-only and versioned if the consumer understands that, else of a copy.
PyObject* export_dlpack(const NDArray& host, bool versioned, bool copy);

void bind_arrays(nb::module_& module);

}  // namespace mycel::python
