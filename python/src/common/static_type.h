// Builds type objects as C structures, whose slots are called without any indirection.
#pragma once

#include <Python.h>

#include <cstddef>

namespace mycel::python {

// Returns a type with empty slots.
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

// Binds a callable that is a class attribute to the instance, as Python functions do.
inline PyObject* bind_to_instance(PyObject* self, PyObject* instance, PyObject*) {
  if (!instance || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}
inline void make_method_descriptor(PyTypeObject& type) {
  type.tp_flags |= Py_TPFLAGS_METHOD_DESCRIPTOR;
  type.tp_descr_get = bind_to_instance;
}

// Returns the type of objects that are called through their member `vectorcall`.
template <class Object>
PyTypeObject callable_type(const char* name, const char* doc, unsigned long flags = 0) {
  PyTypeObject type = static_type(name, sizeof(Object), doc,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | flags);
  type.tp_vectorcall_offset = offsetof(Object, vectorcall);
  type.tp_call = PyVectorcall_Call;
  return type;
}

}  // namespace mycel::python
