// The base types of modules and optimisers: a trace sees which of their attributes it reads.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

namespace nb = nanobind;

// _core.Guarded (optimisers) and, based on it, _core.ModuleBase, whose call runs `forward`.
void bind_guarded_types(nb::module_& module);

}  // namespace mycel::python
