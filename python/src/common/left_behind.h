// Tensors of a trace that would outlive it.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

// Whether an object is a tensor that a trace made: its value is worth nothing after the trace. A
// tensor from outside that the trace reads or writes is none.
bool is_made_by_trace(PyObject* object);

// Whether a value, or a container in it, holds such a tensor or a number of an optimiser's state.
bool holds_traced(PyObject* value, int depth = 0);

}  // namespace mycel::python
