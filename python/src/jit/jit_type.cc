// The C type of compiled functions: its call is the hot path.
#include <nanobind/stl/string.h>

#include "python/src/common/error.h"
#include "python/src/common/static_type.h"
#include "python/src/jit/jit_function.h"

namespace mycel::python {
namespace {

struct PyJit {
  PyObject_HEAD vectorcallfunc vectorcall;
  JitFunction* jit;
  PyObject* dict;
  PyObject* weak_references;
};

PyJit* as_jit(PyObject* self) { return reinterpret_cast<PyJit*>(self); }
JitFunction& of(PyObject* self) { return *as_jit(self)->jit; }

PyObject* call(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* keyword_names) {
  PyObject* result = guarded([&] {
    return of(self).call(arguments, static_cast<size_t>(PyVectorcall_NARGS(flags)), keyword_names);
  });
  if (!result) raise_to_user();
  return result;
}

PyObject* make_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"function", nullptr};
    PyObject* function;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O:jit", const_cast<char**>(names),
                                     &function)) {
      return nullptr;
    }
    auto jit = std::make_unique<JitFunction>(nb::borrow(function));
    PyObject* self = check(type->tp_alloc(type, 0));
    as_jit(self)->vectorcall = call;
    as_jit(self)->jit = jit.release();
    return self;
  });
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_jit(self)->dict);
  return as_jit(self)->jit ? of(self).traverse(visit, arg) : 0;
}

int clear(PyObject* self) {
  Py_CLEAR(as_jit(self)->dict);
  delete std::exchange(as_jit(self)->jit, nullptr);
  return 0;
}

void deallocate(PyObject* self) {
  PyObject_GC_UnTrack(self);
  if (as_jit(self)->weak_references) PyObject_ClearWeakRefs(self);
  clear(self);
  Py_TYPE(self)->tp_free(self);
}

PyObject* represent(PyObject* self) {
  return PyUnicode_FromFormat("<compiled %R>", of(self).function().ptr());
}

PyObject* text(const std::string& string) {
  return PyUnicode_FromStringAndSize(string.data(), static_cast<Py_ssize_t>(string.size()));
}
PyObject* explain(PyObject* self, PyObject*) {
  return guarded([&] { return text(of(self).explain()); });
}
PyObject* report(PyObject* self, PyObject*) {
  return guarded([&] { return text(of(self).report()); });
}
PyObject* lower(PyObject* self, PyObject* const* arguments, Py_ssize_t given,
                PyObject* keyword_names) {
  PyObject* result = guarded(
      [&] { return text(of(self).lower(arguments, static_cast<size_t>(given), keyword_names)); });
  if (!result) raise_to_user();
  return result;
}
PyObject* clear_cache(PyObject* self, PyObject*) {
  of(self).clear();
  Py_RETURN_NONE;
}
PyObject* get_compilations(PyObject* self, void*) {
  return PyLong_FromLongLong(of(self).compilations());
}
PyObject* get_wrapped(PyObject* self, void*) { return Py_NewRef(of(self).function().ptr()); }

PyMethodDef methods[] = {
    {"lower", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(lower)),
     METH_FASTCALL | METH_KEYWORDS,
     "lower($self, *args, **kwargs)\n--\n\n"
     "The program as traced on these arguments, as text; nothing is computed.\n\n"
     "Example:\n"
     "    >>> @mc.jit\n"
     "    ... def double(x):\n"
     "    ...     return x * 2\n"
     "    >>> print(double.lower(mc.ones(3)).splitlines()[0])\n"
     "    func @double(%0: f32[3]) -> (f32[3]) {"},
    {"explain", explain, METH_NOARGS,
     "explain($self)\n--\n\n"
     "What was compiled, why again, what runs, and what is not guarded, as text.\n\n"
     "Example:\n"
     "    >>> @mc.jit\n"
     "    ... def double(x):\n"
     "    ...     return x * 2\n"
     "    >>> y = double(mc.ones(3)), double(mc.ones(4))\n"
     "    >>> print(double.explain().splitlines()[1])\n"
     "      compilation 2: argument x: f32[4] was x: f32[3]"},
    {"report", report, METH_NOARGS,
     "report($self)\n--\n\n"
     "The memory plan of the newest compilation, as text; sizes are in MiB.\n\n"
     "Example:\n"
     "    >>> @mc.jit\n"
     "    ... def double(x):\n"
     "    ...     return x * 2\n"
     "    >>> y = double(mc.ones(3))\n"
     "    >>> double.report().startswith(\"peak \")\n"
     "    True"},
    {"clear_cache", clear_cache, METH_NOARGS,
     "clear_cache($self)\n--\n\n"
     "Forgets every compilation: the next call compiles.\n\n"
     "Example:\n"
     "    >>> @mc.jit\n"
     "    ... def double(x):\n"
     "    ...     return x * 2\n"
     "    >>> y = double(mc.ones(3))\n"
     "    >>> double.clear_cache()\n"
     "    >>> y = double(mc.ones(3))\n"
     "    >>> double.compilations\n"
     "    2"},
    {nullptr, nullptr, 0, nullptr},
};
PyGetSetDef attributes[] = {
    {"compilations", get_compilations, nullptr,
     "How often the function was compiled.\n\n"
     "Example:\n"
     "    >>> @mc.jit\n"
     "    ... def double(x):\n"
     "    ...     return x * 2\n"
     "    >>> y = double(mc.ones(3)), double(mc.ones(3)), double(mc.ones(4))\n"
     "    >>> double.compilations\n"
     "    2",
     nullptr},
    {"__wrapped__", get_wrapped, nullptr, "The function itself.", nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyTypeObject make_type() {
  PyTypeObject type =
      callable_type<PyJit>("mycel.Jit",
                           "A function and its compilations: what mc.jit returns.\n\n"
                           "Example:\n"
                           "    >>> double = mc.jit(lambda x: x * 2)\n"
                           "    >>> double(mc.tensor([1., 2.]))\n"
                           "    tensor([2., 4.])",
                           Py_TPFLAGS_HAVE_GC);
  make_method_descriptor(type);
  type.tp_new = make_new;
  type.tp_dealloc = deallocate;
  type.tp_traverse = traverse;
  type.tp_clear = clear;
  type.tp_dictoffset = offsetof(PyJit, dict);
  type.tp_weaklistoffset = offsetof(PyJit, weak_references);
  type.tp_repr = represent;
  type.tp_methods = methods;
  type.tp_getset = attributes;
  return type;
}

PyTypeObject jit_type = make_type();

}  // namespace

void bind_jit(nb::module_& module) {
  check_status(PyType_Ready(&jit_type));
  module.attr("Jit") = nb::handle(reinterpret_cast<PyObject*>(&jit_type));
}

}  // namespace mycel::python
