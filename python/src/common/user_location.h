// Finds the user's source location: the innermost Python frame outside the package.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/ir/location.h"

namespace mycel::python {

// Sets the package's folder and makes the core ask Python for the user's line.
void set_package_folder(const std::string& folder);

bool is_package_frame(PyFrameObject* frame);
bool is_package_code(PyCodeObject* code);
// Whether code belongs to the package, the standard library or NumPy.
bool is_library_code(PyCodeObject* code);
// Whether code belongs to Python's import system.
bool is_import_code(PyCodeObject* code);

// Whether the innermost frame outside the standard library and NumPy belongs to the package.
bool called_by_package();

// Returns the user's current line. Its scope is the path of the running modules ("LeNet.conv1",
// "LeNet.forward"), or the function's name.
ir::Location user_location();

// Marks a module's call as running on this thread while this object exists.
class ModuleCall {
 public:
  explicit ModuleCall(PyObject* module);
  ~ModuleCall();
  ModuleCall(const ModuleCall&) = delete;
};
// Whether a module's call is running on this thread.
bool in_module_call();

}  // namespace mycel::python
