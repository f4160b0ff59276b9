// The base types of modules and optimisers: a trace sees which of their attributes it reads.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

namespace nb = nanobind;

// _core.Guarded (optimisers) and, based on it, _core.ModuleBase, whose call runs `forward`.
void bind_guarded_types(nb::module_& module);
// Whether it is one of them or derives from one.
bool is_guarded_type(PyTypeObject* type);

}  // namespace mycel::python
