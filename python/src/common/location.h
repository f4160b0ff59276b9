// Where the user's program is: the first Python frame outside the package.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/ir/location.h"

namespace mycel::python {

// Tells Mycel where the package lies and makes it ask Python for the user's line.
void set_package_folder(const std::string& folder);

bool is_package_frame(PyFrameObject* frame);
bool is_package_code(PyCodeObject* code);
// The package's, the standard library's or NumPy's.
bool is_library_code(PyCodeObject* code);
// Whether code is that of Python's import system.
bool is_import_code(PyCodeObject* code);

// Whether the code that runs now, apart from the standard library's and NumPy's, is the package's.
bool called_by_package();

// The user's current line; the scope is the path of the modules that are being called
// ("LeNet.conv1", "LeNet.forward"), or the function's name.
ir::Location user_location();

// A module whose call is running on this thread.
class ModuleCall {
 public:
  explicit ModuleCall(PyObject* module);
  ~ModuleCall();
  ModuleCall(const ModuleCall&) = delete;
};
// Whether a module's call is running on this thread.
bool in_module_call();

}  // namespace mycel::python
