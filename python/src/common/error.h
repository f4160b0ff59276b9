// Translates C++ exceptions to Python exceptions that name the user's line.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "mycel/base/error.h"

namespace mycel::python {

namespace nb = nanobind;

// Binds mc.CompileError and mc.InternalError, and their translation in nanobind functions.
void bind_errors(nb::module_& module);

// Sets the Python exception that corresponds to the C++ exception being handled.
void set_python_error() noexcept;

// Prepares the current Python exception to leave the package. Removes the package's frames from its
// traceback; if the package raised it, adds the user's line and, if given, the name of the called
// function to its message. Leaves an InternalError unchanged, as a bug report needs all of it.
void raise_to_user(std::string_view name = {});

// Runs the body of a type slot; after an exception, sets it in Python and returns `failure`.
template <class F, class R = decltype(std::declval<F>()())>
R guarded(F&& body, R failure = R()) noexcept {
  try {
    return body();
  } catch (...) {
    set_python_error();
    return failure;
  }
}

// Returns the object; if it is null, throws the pending Python exception as a C++ exception.
inline PyObject* check(PyObject* object) {
  if (!object) nb::raise_python_error();
  return object;
}
inline nb::object owned(PyObject* object) { return nb::steal(check(object)); }
inline void check_status(int status) {
  if (status < 0) nb::raise_python_error();
}
// Evaluates the truth of a Python value, which may run user code.
inline bool is_true(PyObject* value) {
  int truth = PyObject_IsTrue(nb::borrow(value).ptr());
  check_status(truth);
  return truth != 0;
}

// Runs `body` under the GIL, or not at all after the interpreter has shut down. Use it to release
// memory that Python owns and that may outlive the interpreter.
template <class F>
void with_interpreter(F&& body) {
  if (!Py_IsInitialized()) return;
  nb::gil_scoped_acquire lock;
  body();
}

// Returns the text of a str as UTF-8.
std::string check_text(PyObject* string);

// Returns an object's type name as users know it: "int", "numpy.ndarray", "mycel.Tensor".
std::string type_text(nb::handle object);

}  // namespace mycel::python
