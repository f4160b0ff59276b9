// _core.public_function: wraps a Python function of the package that users call. Runs the function
// unchanged, and completes an exception that leaves it with the function's name, or a given one;
// for `__init__` and the like, the name of the object's class.
#include <nanobind/stl/string.h>

#include <string>

#include "python/src/common/bindings.h"
#include "python/src/common/error.h"
#include "python/src/common/static_type.h"

namespace mycel::python {
namespace {

struct PyPublicFunction {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* function;
  std::string* name;
};

PyPublicFunction* as_function(PyObject* self) { return reinterpret_cast<PyPublicFunction*>(self); }

std::string called_name(PyObject* self, PyObject* const* arguments, size_t flags) {
  const std::string& name = *as_function(self)->name;
  if (!name.empty() || PyVectorcall_NARGS(flags) == 0) return name;
  nb::error_scope keep;             // called while an exception is pending
  PyObject* object = arguments[0];  // for a class method, the class itself
  auto* type = PyType_Check(object) ? reinterpret_cast<PyTypeObject*>(object) : Py_TYPE(object);
  return nb::cast<std::string>(nb::handle(reinterpret_cast<PyObject*>(type)).attr("__name__"));
}

PyObject* call(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* keyword_names) {
  PyObject* result =
      PyObject_Vectorcall(as_function(self)->function, arguments, flags, keyword_names);
  if (!result) raise_to_user(called_name(self, arguments, flags));
  return result;
}

// Returns "" for `__init__` and the like.
std::string name_of(nb::handle function) {
  std::string name = nb::cast<std::string>(function.attr("__name__"));
  return name.starts_with("__") ? "" : name;
}

PyObject* make_new(PyTypeObject* type, PyObject* arguments, PyObject*) {
  return guarded([&] {
    PyObject* function;
    const char* name = nullptr;
    check_status(PyArg_ParseTuple(arguments, "O|s:public_function", &function, &name) ? 0 : -1);
    std::string text = name ? name : name_of(function);
    PyObject* self = check(type->tp_alloc(type, 0));
    as_function(self)->vectorcall = call;
    as_function(self)->function = Py_NewRef(function);
    as_function(self)->name = new std::string(std::move(text));
    return self;
  });
}

// Forwards name, documentation and signature to the function.
PyObject* get_attribute(PyObject* self, PyObject* name) {
  if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0) {
    return Py_NewRef(as_function(self)->function);
  }
  if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
    return PyObject_GenericGetAttr(self, name);
  }
  return PyObject_GetAttr(as_function(self)->function, name);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_function(self)->function);
  return 0;
}
int clear(PyObject* self) {
  Py_CLEAR(as_function(self)->function);
  return 0;
}
void deallocate(PyObject* self) {
  PyObject_GC_UnTrack(self);
  clear(self);
  delete as_function(self)->name;
  Py_TYPE(self)->tp_free(self);
}

PyObject* represent(PyObject* self) { return PyObject_Repr(as_function(self)->function); }

PyTypeObject make_type() {
  PyTypeObject type = callable_type<PyPublicFunction>(
      "mycel.public_function", "A function of the package.", Py_TPFLAGS_HAVE_GC);
  make_method_descriptor(type);
  type.tp_new = make_new;
  type.tp_getattro = get_attribute;
  type.tp_traverse = traverse;
  type.tp_clear = clear;
  type.tp_dealloc = deallocate;
  type.tp_repr = represent;
  return type;
}

PyTypeObject public_function_type = make_type();

}  // namespace

void bind_public_function(nb::module_& module) {
  check_status(PyType_Ready(&public_function_type));
  module.attr("public_function") = nb::handle(reinterpret_cast<PyObject*>(&public_function_type));
}

}  // namespace mycel::python
