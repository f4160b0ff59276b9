// The extension module mycel._core: everything that the package needs from C++.
#include <nanobind/nanobind.h>

#include "mycel/startup/register_all.h"
#include "mycel/tensor/interpreter_lock.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/bindings.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/jit/guarded_type.h"
#include "python/src/jit/jit_function.h"
#include "python/src/jit/recorder.h"
#include "python/src/operators/callable.h"
#include "python/src/tensor/state_number.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tree/tree.h"

namespace mycel::python {
namespace {

// Lets other threads run during long work, and lets Ctrl-C interrupt it.
void share_interpreter_lock() {
  set_interpreter_lock(
      {.release = []() -> void* { return PyGILState_Check() ? PyEval_SaveThread() : nullptr; },
       .acquire = [](void* state) { PyEval_RestoreThread(static_cast<PyThreadState*>(state)); },
       .check_interrupt =
           [] {
             if (PyGILState_Check()) check_status(PyErr_CheckSignals());
           }});
}

// Makes a module inside this one that `from mycel._core.functions import *` finds.
nb::module_ submodule(nb::module_& module, const char* name) {
  nb::module_ made = module.def_submodule(name);
  nb::module_::import_("sys").attr("modules")[made.attr("__name__")] = made;
  return made;
}

}  // namespace

NB_MODULE(_core, module) {
  // Compiled functions hold the objects they guard until the interpreter ends.
  nb::set_leak_warnings(false);
  bind_errors(module);
  share_interpreter_lock();
  initialize();
  bind_dtypes(module);
  bind_devices(module);
  bind_tensor_type(module);
  nb::module_ functions = submodule(module, "functions");
  nb::module_ functional = submodule(module, "functional");
  bind_callables(functions, functional);
  bind_arrays(module);
  bind_modes(module);
  bind_context(module);
  bind_creation(module);
  bind_public_function(module);
  bind_definitions(module);
  bind_tree(module);
  bind_recorder(module);
  bind_state_number(module);
  bind_guarded_types(module);
  bind_jit(module);
  bind_data(module);
  bind_io(module);
  bind_memory(module);
  bind_ir(module);
}

}  // namespace mycel::python
