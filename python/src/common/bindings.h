// Declares the nanobind binding functions, one per concern.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

namespace nb = nanobind;

void bind_context(nb::module_& module);
void bind_creation(nb::module_& module);
void bind_public_function(nb::module_& module);
void bind_definitions(nb::module_& module);
void bind_ir(nb::module_& module);
void bind_data(nb::module_& module);
void bind_io(nb::module_& module);
void bind_modes(nb::module_& module);
void bind_memory(nb::module_& module);

}  // namespace mycel::python
