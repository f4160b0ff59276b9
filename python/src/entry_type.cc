// _core.entry: a Python function of the package that users call. It runs the function as it is, and
// takes the package's own frames out of the traceback of an exception.
#include "python/src/bindings.h"
#include "python/src/error.h"
#include "python/src/static_type.h"

namespace mycel::python {
namespace {

struct PyEntry {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* function;
};

PyEntry* as_entry(PyObject* self) { return reinterpret_cast<PyEntry*>(self); }

PyObject* call(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* keyword_names) {
  PyObject* result = PyObject_Vectorcall(as_entry(self)->function, arguments, flags, keyword_names);
  if (!result) hide_package_frames();
  return result;
}

PyObject* make_new(PyTypeObject* type, PyObject* arguments, PyObject*) {
  PyObject* function;
  if (!PyArg_ParseTuple(arguments, "O:entry", &function)) return nullptr;
  PyObject* self = type->tp_alloc(type, 0);
  if (!self) return nullptr;
  as_entry(self)->vectorcall = call;
  as_entry(self)->function = Py_NewRef(function);
  return self;
}

// Name, documentation and signature are the function's.
PyObject* get_attribute(PyObject* self, PyObject* name) {
  if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0) {
    return Py_NewRef(as_entry(self)->function);
  }
  if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
    return PyObject_GenericGetAttr(self, name);
  }
  return PyObject_GetAttr(as_entry(self)->function, name);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_entry(self)->function);
  return 0;
}
int clear(PyObject* self) {
  Py_CLEAR(as_entry(self)->function);
  return 0;
}
void deallocate(PyObject* self) {
  PyObject_GC_UnTrack(self);
  clear(self);
  Py_TYPE(self)->tp_free(self);
}

PyObject* bind_to(PyObject* self, PyObject* instance, PyObject*) {
  if (!instance || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}

PyObject* represent(PyObject* self) { return PyObject_Repr(as_entry(self)->function); }

PyTypeObject make_type() {
  PyTypeObject type = static_type("mycel.entry", sizeof(PyEntry), "A function of the package.",
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                      Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR);
  type.tp_vectorcall_offset = offsetof(PyEntry, vectorcall);
  type.tp_call = PyVectorcall_Call;
  type.tp_new = make_new;
  type.tp_getattro = get_attribute;
  type.tp_traverse = traverse;
  type.tp_clear = clear;
  type.tp_dealloc = deallocate;
  type.tp_descr_get = bind_to;
  type.tp_repr = represent;
  return type;
}

PyTypeObject entry_type = make_type();

}  // namespace

void bind_entry(nb::module_& module) {
  check_status(PyType_Ready(&entry_type));
  module.attr("entry") = nb::handle(reinterpret_cast<PyObject*>(&entry_type));
}

}  // namespace mycel::python
