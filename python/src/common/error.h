// Errors across the border: C++ exceptions become Python's, with the user's line.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "mycel/base/error.h"

namespace mycel::python {

namespace nb = nanobind;

// mc.CompileError and mc.InternalError, and the translation for nanobind's functions.
void bind_errors(nb::module_& module);

// Sets the Python exception for the C++ exception that is being handled.
void set_python_error() noexcept;

// The current Python exception leaves the package. Its traceback keeps the user's frames only; if
// the package raised it, its message gets the user's line and, if given, the name of what the user
// called. An InternalError stays as it is, as its report needs that.
void raise_to_user(std::string_view name = {});

// Runs the body of a slot: `failure` is what the slot returns after an exception.
template <class F, class R = decltype(std::declval<F>()())>
R guarded(F&& body, R failure = R()) noexcept {
  try {
    return body();
  } catch (...) {
    set_python_error();
    return failure;
  }
}

// The object, or the pending Python exception as a C++ one.
inline PyObject* check(PyObject* object) {
  if (!object) nb::raise_python_error();
  return object;
}
inline nb::object owned(PyObject* object) { return nb::steal(check(object)); }
inline void check_status(int status) {
  if (status < 0) nb::raise_python_error();
}
// Python's truth of a value, which may run code of the user's.
inline bool is_true(PyObject* value) {
  int truth = PyObject_IsTrue(nb::borrow(value).ptr());
  check_status(truth);
  return truth != 0;
}

// Runs `body` under the interpreter's lock, or not at all once the interpreter is gone: for memory
// that Python owns and that may outlive it.
template <class F>
void with_interpreter(F&& body) {
  if (!Py_IsInitialized()) return;
  nb::gil_scoped_acquire lock;
  body();
}

// The text of a str.
std::string check_text(PyObject* string);

// The type's name as users know it: "int", "numpy.ndarray", "mycel.Tensor".
std::string type_text(nb::handle object);

}  // namespace mycel::python
