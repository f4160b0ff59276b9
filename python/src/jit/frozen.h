// Detects built-in functions whose results vary between calls: clocks and random numbers.
#pragma once

#include <Python.h>

#include <string>

namespace mycel::python {

// Returns the function's name, "time.perf_counter", if a trace would freeze its result; else "".
std::string frozen_by_trace(PyObject* function);
// Whether the function is a method of a context variable, such as `get`.
bool reads_context_variable(PyObject* function);

}  // namespace mycel::python
