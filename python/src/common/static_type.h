// Type objects written down as C structures: their slots are called without any indirection.
#pragma once

#include <Python.h>

#include <cstddef>

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

// As an attribute of a class, a callable becomes a method, as Python's functions do.
inline PyObject* bind_to_instance(PyObject* self, PyObject* instance, PyObject*) {
  if (!instance || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}
inline void make_method_descriptor(PyTypeObject& type) {
  type.tp_flags |= Py_TPFLAGS_METHOD_DESCRIPTOR;
  type.tp_descr_get = bind_to_instance;
}

// Of objects that are called by their member `vectorcall`.
template <class Object>
PyTypeObject callable_type(const char* name, const char* doc, unsigned long flags = 0) {
  PyTypeObject type = static_type(name, sizeof(Object), doc,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | flags);
  type.tp_vectorcall_offset = offsetof(Object, vectorcall);
  type.tp_call = PyVectorcall_Call;
  return type;
}

}  // namespace mycel::python
