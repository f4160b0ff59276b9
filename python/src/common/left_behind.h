// Detects traced tensors that would outlive their trace.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

// Whether an object is a tensor made by a trace, whose value is invalid after the trace. A tensor
// from outside that the trace reads or writes does not count.
bool is_made_by_trace(PyObject* object);

// Whether a value is or contains such a tensor or a traced number of an optimiser's state.
bool holds_traced(PyObject* value, int depth = 0);

}  // namespace mycel::python
