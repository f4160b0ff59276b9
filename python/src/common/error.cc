#include "python/src/common/error.h"

#include <nanobind/stl/string.h>

#include <cstring>
#include <string>

#include "mycel/tensor/context.h"
#include "python/src/common/user_location.h"

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

bool is_raised_by_package(PyObject* traceback) {
  auto* entry = reinterpret_cast<PyTracebackObject*>(traceback);
  while (entry && entry->tb_next) entry = entry->tb_next;
  return !entry || is_package_frame(entry->tb_frame);
}

// Puts the called name in a message: in x.copy_(y), "[expand] expects ..." and "expects ..." become
// "[copy_] expects ...".
std::string under_name(std::string text, std::string_view name) {
  size_t end = text.find(']');
  if (name.empty()) return text;
  if (text.starts_with('[') && end != text.npos) return text.replace(1, end - 1, name);
  return text.starts_with("expects ") ? fmt::format("[{}] {}", name, text) : text;
}

// Puts nanobind's lists of expected and given argument types in one line.
std::string in_one_line(const std::string& text) {
  constexpr std::string_view kTakes = "\n    1. ", kGiven = "\n\nInvoked with types: ";
  size_t takes = text.find(kTakes), given = text.find(kGiven);
  if (takes == text.npos || given == text.npos) return text;
  takes += kTakes.size();
  return fmt::format("expects {}, got {}", text.substr(takes, text.find('\n', takes) - takes),
                     text.substr(given + kGiven.size()));
}

// A message may contain lone surrogates, from a path that is not UTF-8 or from a user's text.
std::string message_text(nb::handle text) {
  nb::object bytes = owned(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogatepass"));
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}
nb::object message_object(const std::string& text) {
  return owned(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass"));
}

// Adds the name and the user's line to an exception whose only argument is a text; not to a
// KeyError, whose argument is the key.
void complete_message(PyObject* exception, std::string_view name) {
  if (PyErr_GivenExceptionMatches(exception, PyExc_KeyError)) return;
  nb::error_scope keep;
  nb::object arguments = nb::getattr(exception, "args");
  if (nb::len(arguments) != 1 || !nb::isinstance<nb::str>(arguments[0])) return;
  std::string text = under_name(in_one_line(message_text(arguments[0])), name);
  std::string where = ir::to_string(context().current_location());
  if (!where.empty() && text.find("\n  at ") == text.npos) text += "\n  " + where;
  nb::setattr(exception, "args", nb::make_tuple(message_object(text)));
}

// Drops the package's frames. Takes and returns an owned reference.
PyObject* without_package_frames(PyObject* traceback) {
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
  Py_XDECREF(traceback);
  return first;
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
      "A program that cannot be traced or compiled; the message says what to write.\n\n"
      "Example:\n"
      "    >>> sign = mc.jit(lambda x: 1 if x > 0 else -1)\n"
      "    >>> try:\n"
      "    ...     sign(mc.tensor(2.))\n"
      "    ... except mc.CompileError as error:\n"
      "    ...     \"write mc.where\" in str(error)\n"
      "    True",
      module);
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
    // The text may contain a path that is not UTF-8.
    PyObject* text = PyUnicode_DecodeUTF8(
        error.what(), static_cast<Py_ssize_t>(std::strlen(error.what())), "surrogateescape");
    if (!text) return;
    PyErr_SetObject(exception_of(error.code()), text);
    Py_DECREF(text);
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_Format(internal_error, "internal error, please report it: %s", error.what());
  }
}

void raise_to_user(std::string_view name) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  if (PyErr_GivenExceptionMatches(type, internal_error)) {
    return PyErr_Restore(type, value, traceback);
  }
  PyErr_NormalizeException(&type, &value, &traceback);
  try {
    if (is_raised_by_package(traceback)) complete_message(value, name);
  } catch (const std::exception&) {
    PyErr_Clear();  // an exception whose class prevents this keeps its message
  }
  traceback = without_package_frames(traceback);
  PyException_SetTraceback(value, traceback ? traceback : Py_None);
  PyErr_Restore(type, value, traceback);
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
