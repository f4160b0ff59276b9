// Built-in functions that give another result each time: clocks and random numbers.
#pragma once

#include <Python.h>

#include <string>

namespace mycel::python {

// "time.perf_counter", if a trace would freeze the function's result; else "".
std::string frozen_by_trace(PyObject* function);
// Whether it is the `get` of a context variable.
bool reads_context_variable(PyObject* function);

}  // namespace mycel::python
