#include "python/src/jit/guarded_type.h"

#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor_impl.h"
#include "python/src/common/error.h"
#include "python/src/common/left_behind.h"
#include "python/src/common/static_type.h"
#include "python/src/common/user_location.h"
#include "python/src/jit/guards.h"
#include "python/src/jit/recorder.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

extern PyTypeObject module_base_type;

PyObject* parameter_type = nullptr;  // mycel.nn.Parameter
PyObject* call_as_graph = nullptr;   // mycel._graph.call_module
PyObject* forward_name = nullptr;    // "forward"
PyObject* dict_name = nullptr;       // "__dict__"

bool is_parameter(PyObject* object) {
  return parameter_type && object &&
         PyObject_TypeCheck(object, reinterpret_cast<PyTypeObject*>(parameter_type));
}

// Guards that there is no such attribute: getattr(self, "scale", 1.0) depends on it.
PyObject* read_absent(Recorder& recorder, PyObject* self, PyObject* name) {
  if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return nullptr;
  return guarded([&]() -> PyObject* {
    nb::python_error missing;
    recorder.read_attribute(self, name, nullptr);
    missing.restore();
    return nullptr;
  });
}

PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* value = PyObject_GenericGetAttr(self, name);
  if (name == dict_name) ++attribute_epoch;  // its holder can write to it unnoticed
  Recorder* recorder = Recorder::current();
  if (!recorder) return value;
  if (!value) return read_absent(*recorder, self, name);
  return guarded([&]() -> PyObject* {
    nb::object held = nb::steal(value);
    recorder->read_attribute(self, name, value);
    return held.release().ptr();
  });
}

// Raises CompileError for a traced tensor, which is invalid after the trace.
void check_outlives_trace(PyObject* self, PyObject* name, PyObject* value) {
  if (!value || !is_made_by_trace(value)) return;
  std::string attribute = check_text(name);
  fail(Code::kCompile,
       "[setattr] expects a value that outlives the traced call, got a traced {} for {}.{}: write "
       "self.{}.copy_(value) into a buffer, or return the value",
       ir::to_string(as_tensor(value)->tensor.type()), Py_TYPE(self)->tp_name, attribute,
       attribute);
}

int set_attribute(PyObject* self, PyObject* name, PyObject* value) {
  return guarded(
      [&] {
        ++attribute_epoch;
        if (Recorder* recorder = Recorder::current()) {
          check_outlives_trace(self, name, value);
          recorder->write_attribute(self, name);
        }
        return PyObject_GenericSetAttr(self, name, value);
      },
      -1);
}

// As in PyTorch, only a parameter or None may replace a parameter.
void check_replaces_parameter(PyObject* self, PyObject* name, PyObject* value) {
  if (!value || value == Py_None || is_parameter(value)) return;
  nb::object dict = nb::steal(check(PyObject_GenericGetDict(self, nullptr)));
  if (!is_parameter(PyDict_GetItem(dict.ptr(), name))) return;
  std::string attribute = check_text(name);
  fail(Code::kType,
       "[setattr] expects an nn.Parameter or None for the parameter {}.{}, got {}; "
       "{}.data.copy_(value) changes its value",
       Py_TYPE(self)->tp_name, attribute, type_text(value), attribute);
}

// Rejects an empty or dotted name: parts are found by dotted paths, which must be unambiguous.
void check_names_part(PyObject* self, PyObject* name, PyObject* value) {
  if (!value || !(is_parameter(value) || PyObject_TypeCheck(value, &module_base_type))) return;
  std::string attribute = check_text(name);
  if (!attribute.empty() && attribute.find('.') == attribute.npos) return;
  fail(Code::kValue, "[setattr] expects a name without a dot for a part of {}, got \"{}\"",
       Py_TYPE(self)->tp_name, attribute);
}

int set_module_attribute(PyObject* self, PyObject* name, PyObject* value) {
  return guarded(
      [&] {
        check_names_part(self, name, value);
        check_replaces_parameter(self, name, value);
        if (is_parameter(value)) {
          std::string& label = as_tensor(value)->tensor.object()->name;
          if (label.empty()) label = check_text(name);
        }
        return set_attribute(self, name, value);
      },
      -1);
}

PyObject* call_forward(PyObject* self, PyObject* arguments, PyObject* keywords) {
  nb::object forward = nb::steal(PyObject_GetAttr(self, forward_name));
  return forward ? PyObject_Call(forward.ptr(), arguments, keywords) : nullptr;
}

PyObject* call_graph(PyObject* self, PyObject* arguments, PyObject* keywords) {
  if (!call_as_graph) {
    nb::object graph = nb::module_::import_("mycel._graph");
    call_as_graph = nb::object(graph.attr("call_module")).release().ptr();
  }
  return PyObject_CallFunctionObjArgs(call_as_graph, self, arguments, keywords ? keywords : Py_None,
                                      nullptr);
}

PyObject* call_module(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([&] {
    const Context& here = context();
    bool outermost = here.mode == Mode::kGraph && !here.trace && !in_module_call();
    ModuleCall call(self);
    PyObject* result =
        outermost ? call_graph(self, arguments, keywords) : call_forward(self, arguments, keywords);
    if (!result) raise_to_user();  // here, while the module's path is known
    return result;
  });
}

// `__setattr__` and `__delattr__` as methods. Those that Python makes from a slot reject an object
// with another base class before this one, whose own `__setattr__` calls super's.
template <int (*kSet)(PyObject*, PyObject*, PyObject*)>
PyMethodDef* attribute_methods() {
  static constinit PyMethodDef methods[] = {
      {"__setattr__",
       [](PyObject* self, PyObject* arguments) -> PyObject* {
         PyObject *name, *value;
         if (!PyArg_UnpackTuple(arguments, "__setattr__", 2, 2, &name, &value)) return nullptr;
         return kSet(self, name, value) < 0 ? nullptr : Py_NewRef(Py_None);
       },
       METH_VARARGS | METH_COEXIST, "Sets an attribute, which a trace guards."},
      {"__delattr__",
       [](PyObject* self, PyObject* name) -> PyObject* {
         return kSet(self, name, nullptr) < 0 ? nullptr : Py_NewRef(Py_None);
       },
       METH_O | METH_COEXIST, "Deletes an attribute, which a trace guards."},
      {nullptr, nullptr, 0, nullptr}};
  return methods;
}

PyTypeObject make_guarded() {
  PyTypeObject type = static_type("mycel._core.Guarded", sizeof(PyObject),
                                  "An object whose attributes a trace guards.",
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE);
  type.tp_getattro = get_attribute;
  type.tp_setattro = set_attribute;
  type.tp_methods = attribute_methods<set_attribute>();
  type.tp_new = PyBaseObject_Type.tp_new;
  return type;
}

// Removes the type's own `__new__`, which some versions of Python add. Instances are laid out as
// plain objects, so another base class may precede this one, or make the instance.
void inherit_new(PyTypeObject* type) {
  if (!PyDict_GetItemString(type->tp_dict, "__new__")) return;
  check_status(PyDict_DelItemString(type->tp_dict, "__new__"));
  PyType_Modified(type);
}

extern PyTypeObject guarded_type;

PyTypeObject make_module_base() {
  PyTypeObject type = static_type("mycel._core.ModuleBase", sizeof(PyObject),
                                  "What nn.Module is built on: a call runs `forward`.",
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE);
  type.tp_base = &guarded_type;
  type.tp_call = call_module;
  type.tp_setattro = set_module_attribute;
  type.tp_methods = attribute_methods<set_module_attribute>();
  return type;
}

PyTypeObject guarded_type = make_guarded();
PyTypeObject module_base_type = make_module_base();

}  // namespace

bool is_guarded_type(PyTypeObject* type) { return PyType_IsSubtype(type, &guarded_type); }

void bind_guarded_types(nb::module_& module) {
  forward_name = check(PyUnicode_InternFromString("forward"));
  dict_name = check(PyUnicode_InternFromString("__dict__"));
  for (PyTypeObject* type : {&guarded_type, &module_base_type}) {
    check_status(PyType_Ready(type));
    inherit_new(type);
    const char* name = type == &guarded_type ? "Guarded" : "ModuleBase";
    module.attr(name) = nb::handle(reinterpret_cast<PyObject*>(type));
  }
  module.def(
      "set_parameter_type", [](nb::object type) { parameter_type = type.release().ptr(); },
      nb::sig("def set_parameter_type(type: type[Tensor]) -> None"));
}

}  // namespace mycel::python
