#include "python/src/error.h"

#include <string>

#include "mycel/tensor/context.h"
#include "python/src/location.h"

namespace mycel::python {
namespace {

PyObject* compile_error = nullptr;
PyObject* internal_error = nullptr;

PyObject* exception_of(Code code) {
  switch (code) {
    case Code::kValue:
      return PyExc_ValueError;
    case Code::kType:
      return PyExc_TypeError;
    case Code::kIndex:
      return PyExc_IndexError;
    case Code::kNotImplemented:
      return PyExc_NotImplementedError;
    case Code::kCompile:
      return compile_error;
    case Code::kRuntime:
      return PyExc_RuntimeError;
    case Code::kIo:
      return PyExc_OSError;
    case Code::kInternal:
      return internal_error;
  }
  return internal_error;
}

PyObject* make_exception(const char* name, PyObject* base, const char* doc, nb::module_& module) {
  std::string qualified = std::string("mycel.") + name;
  PyObject* type = check(PyErr_NewExceptionWithDoc(qualified.c_str(), doc, base, nullptr));
  module.attr(name) = nb::handle(type);
  return type;
}

void translate(const std::exception_ptr& error, void*) {
  try {
    std::rethrow_exception(error);
  } catch (const Error&) {
    set_python_error();
  }
}

}  // namespace

void bind_errors(nb::module_& module) {
  compile_error = make_exception(
      "CompileError", PyExc_RuntimeError,
      "A program that cannot be traced or compiled; the message says what to write.", module);
  internal_error = make_exception("InternalError", PyExc_RuntimeError,
                                  "A defect of Mycel itself; please report it.", module);
  nb::register_exception_translator(translate);
}

void set_python_error() noexcept {
  try {
    throw;
  } catch (nb::python_error& error) {
    error.restore();
  } catch (Error& error) {
    error.set_where(ir::to_string(context().current_location()));
    PyErr_SetString(exception_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_Format(internal_error, "internal error, please report it: %s", error.what());
  }
}

void hide_package_frames() {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  if (!traceback || PyErr_GivenExceptionMatches(type, internal_error)) {
    return PyErr_Restore(type, value, traceback);
  }
  PyErr_NormalizeException(&type, &value, &traceback);
  PyObject* first = nullptr;          // of the new list
  PyTracebackObject* last = nullptr;  // its end
  PyObject* next;
  for (PyObject* entry = traceback; entry; entry = next) {
    auto* here = reinterpret_cast<PyTracebackObject*>(entry);
    next = reinterpret_cast<PyObject*>(here->tb_next);
    if (is_package_frame(here->tb_frame)) continue;
    Py_INCREF(entry);
    if (!last) {
      first = entry;
    } else {
      Py_XSETREF(last->tb_next, here);
    }
    last = here;
  }
  if (last) Py_CLEAR(last->tb_next);
  // An exception raised by the package itself keeps its traceback empty but for the user's frames.
  Py_DECREF(traceback);
  if (first) {
    PyException_SetTraceback(value, first);
  } else {
    PyException_SetTraceback(value, Py_None);
  }
  PyErr_Restore(type, value, first);
}

std::string check_text(PyObject* string) {
  Py_ssize_t size;
  const char* text = PyUnicode_AsUTF8AndSize(string, &size);
  if (!text) nb::raise_python_error();
  return {text, static_cast<size_t>(size)};
}

std::string type_text(nb::handle object) {
  nb::handle type(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())));
  std::string module = nb::cast<std::string>(nb::str(type.attr("__module__")));
  std::string name = nb::cast<std::string>(nb::str(type.attr("__qualname__")));
  return module == "builtins" ? name : module + "." + name;
}

}  // namespace mycel::python
