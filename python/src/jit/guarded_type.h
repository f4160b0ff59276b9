// The base types of modules and optimisers, which report attribute accesses to the recorder.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

namespace nb = nanobind;

// Binds _core.Guarded (optimisers) and its subtype _core.ModuleBase, whose call runs `forward`.
void bind_guarded_types(nb::module_& module);
// Whether the type is one of them or derives from one.
bool is_guarded_type(PyTypeObject* type);

}  // namespace mycel::python
