// Type objects written down as C structures: their slots are called without any indirection.
#pragma once

#include <Python.h>

namespace mycel::python {

// All slots empty.
inline PyTypeObject static_type(const char* name, Py_ssize_t size, const char* doc,
                                unsigned long flags = Py_TPFLAGS_DEFAULT) {
  PyTypeObject type{};
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(&type), 1);
  type.tp_name = name;
  type.tp_basicsize = size;
  type.tp_doc = doc;
  type.tp_flags = flags;
  return type;
}

}  // namespace mycel::python
