#include "python/src/jit/frozen.h"

#include <fmt/format.h>
#include <nanobind/nanobind.h>

namespace mycel::python {
namespace {

bool derives_from(PyTypeObject* type, std::string_view prefix) {
  PyObject* order = type->tp_mro;
  for (Py_ssize_t i = 0; order && i < PyTuple_GET_SIZE(order); ++i) {
    std::string_view name = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(order, i))->tp_name;
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

bool gives_another_result(PyObject* self, std::string_view name) {
  if (PyModule_Check(self)) {
    const char* module = PyModule_GetName(self);
    if (!module) PyErr_Clear();
    std::string_view from = module ? module : "";
    if (from == "posix") return name == "urandom" || name == "getrandom" || name == "times";
    return (from == "time" && name != "sleep") || from == "_uuid";
  }
  if (PyType_Check(self)) {
    bool now = name == "now" || name == "utcnow" || name == "today";
    return now && derives_from(reinterpret_cast<PyTypeObject*>(self), "datetime.");
  }
  return name != "seed" && derives_from(Py_TYPE(self), "_random.Random");
}

// Names the owner of a built-in function: a module, a class or an instance's class.
std::string owner_of(PyObject* self) {
  if (PyModule_Check(self)) return PyModule_GetName(self);
  bool type = PyType_Check(self);
  return type ? reinterpret_cast<PyTypeObject*>(self)->tp_name : Py_TYPE(self)->tp_name;
}

}  // namespace

std::string frozen_by_trace(PyObject* function) {
  if (!PyCFunction_Check(function)) return "";
  auto* builtin = reinterpret_cast<PyCFunctionObject*>(function);
  std::string_view name = builtin->m_ml->ml_name;
  PyObject* self = builtin->m_self;
  if (!self || !gives_another_result(self, name)) return "";
  return fmt::format("{}.{}", owner_of(self), name);
}

bool reads_context_variable(PyObject* function) {
  if (!PyCFunction_Check(function)) return false;
  PyObject* self = PyCFunction_GET_SELF(function);
  return self && PyContextVar_CheckExact(self);
}

}  // namespace mycel::python
