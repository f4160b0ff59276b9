// The C types of functions, methods and in-place methods, and the registration of their objects.
#include <algorithm>

#include "python/src/common/error.h"
#include "python/src/common/static_type.h"
#include "python/src/operators/callable.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

struct PyCallable {
  PyObject_HEAD vectorcallfunc vectorcall;
  Callable* callable;
  PyObject* name;
  PyObject* module;  // where it is found, for pickle
};

extern PyTypeObject function_type, method_type;

Callable& of(PyObject* self) { return *reinterpret_cast<PyCallable*>(self)->callable; }

// Runs a call by one of the operation's names. An error's message has that name, even if another
// operation inside raised it.
template <class F>
PyObject* named_call(PyObject* self, F&& body) {
  PyObject* result = guarded(body);
  if (!result) raise_to_user(PyUnicode_AsUTF8(reinterpret_cast<PyCallable*>(self)->name));
  return result;
}

PyObject* call_function(PyObject* self, PyObject* const* arguments, size_t flags,
                        PyObject* keyword_names) {
  return named_call(self, [&] {
    return of(self).call(arguments, static_cast<size_t>(PyVectorcall_NARGS(flags)), keyword_names,
                         false);
  });
}

size_t require_self(PyObject* self, PyObject* const* arguments, size_t flags) {
  auto given = static_cast<size_t>(PyVectorcall_NARGS(flags));
  if (given == 0 || !is_tensor(arguments[0])) {
    fail(Code::kType, "[{}] expects to be called on a tensor, got {}", of(self).op().name,
         given == 0 ? "nothing" : type_text(arguments[0]));
  }
  return given;
}

PyObject* call_method(PyObject* self, PyObject* const* arguments, size_t flags,
                      PyObject* keyword_names) {
  return named_call(self, [&] {
    size_t given = require_self(self, arguments, flags);
    return of(self).call(arguments, given, keyword_names, true);
  });
}

// x.add_(y): writes the result to x.
PyObject* call_in_place(PyObject* self, PyObject* const* arguments, size_t flags,
                        PyObject* keyword_names) {
  return named_call(self, [&] {
    size_t given = require_self(self, arguments, flags);
    const char* name = PyUnicode_AsUTF8(reinterpret_cast<PyCallable*>(self)->name);
    of(self).call_in_place(arguments, given, keyword_names, name);
    return Py_NewRef(arguments[0]);
  });
}

PyObject* represent(PyObject* self) {
  return PyUnicode_FromFormat("<%s %U of mycel>",
                              Py_IS_TYPE(self, &method_type) ? "method" : "function",
                              reinterpret_cast<PyCallable*>(self)->name);
}

PyObject* get_name(PyObject* self, void*) {
  return Py_NewRef(reinterpret_cast<PyCallable*>(self)->name);
}
PyObject* get_module(PyObject* self, void*) {
  return Py_NewRef(reinterpret_cast<PyCallable*>(self)->module);
}
PyObject* get_doc(PyObject* self, void*) {
  return guarded([&] {
    std::string text = of(self).documentation();
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
  });
}
PyObject* get_text_signature(PyObject* self, void*) {
  return guarded([&] {
    std::string text = of(self).public_signature().text(Py_IS_TYPE(self, &method_type));
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
  });
}
PyObject* get_signature(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    nb::object from_text = nb::module_::import_("mycel._signature").attr("from_text");
    nb::object text = nb::steal(check(get_text_signature(self, nullptr)));
    return nb::object(from_text(text)).release().ptr();
  });
}
// Pickled and copied by name.
PyObject* reduce(PyObject* self, PyObject*) { return get_name(self, nullptr); }

PyGetSetDef attributes[] = {
    {"__name__", get_name, nullptr, nullptr, nullptr},
    {"__qualname__", get_name, nullptr, nullptr, nullptr},
    {"__module__", get_module, nullptr, nullptr, nullptr},
    {"__doc__", get_doc, nullptr, nullptr, nullptr},
    {"__text_signature__", get_text_signature, nullptr, nullptr, nullptr},
    {"__signature__", get_signature, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};
PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

PyTypeObject make_type(const char* name) {
  PyTypeObject type = callable_type<PyCallable>(name, nullptr, Py_TPFLAGS_DISALLOW_INSTANTIATION);
  type.tp_repr = represent;
  type.tp_getset = attributes;
  type.tp_methods = methods;
  return type;
}

PyTypeObject make_method_type() {
  PyTypeObject type = make_type("mycel.method");
  make_method_descriptor(type);
  return type;
}

PyTypeObject function_type = make_type("mycel.function");
PyTypeObject method_type = make_method_type();

nb::object make(PyTypeObject& type, vectorcallfunc call, const ir::OpDef& op,
                const std::string& name, const char* module) {
  auto* object = reinterpret_cast<PyCallable*>(check(type.tp_alloc(&type, 0)));
  object->vectorcall = call;
  object->callable = &callable(op);
  object->name = check(PyUnicode_InternFromString(name.c_str()));
  object->module = check(PyUnicode_InternFromString(module));
  return nb::steal(reinterpret_cast<PyObject*>(object));
}

void set_method(const std::string& name, const nb::object& method) {
  check_status(PyDict_SetItemString(tensor_type.tp_dict, name.c_str(), method.ptr()));
}

// Not exported: mycel._random adds arguments that only Python has; mc.equal compares whole tensors.
constexpr std::string_view kCompleted[] = {"rand", "randn", "randint", "equal"};

void export_name(nb::module_& module, const std::string& name) {
  if (std::find(std::begin(kCompleted), std::end(kCompleted), name) != std::end(kCompleted)) return;
  if (!nb::hasattr(module, "__all__")) module.attr("__all__") = nb::list();
  module.attr("__all__").attr("append")(name.c_str());
}

void add_function(nb::module_& module, const ir::OpDef& op, const std::string& name,
                  const char* path) {
  module.attr(name.c_str()) = make(function_type, call_function, op, name, path);
  export_name(module, name);
}

void add(const ir::OpDef& op, nb::module_& functions, nb::module_& functional) {
  const PythonSpec& spec = rules(op).python;
  std::vector<std::string> names = {op.name};
  names.insert(names.end(), spec.aliases.begin(), spec.aliases.end());
  for (const std::string& name : names) {
    if (spec.function) add_function(functions, op, name, "mycel");
    if (spec.functional) add_function(functional, op, name, "mycel.nn.functional");
    if (!spec.method) continue;
    set_method(name, make(method_type, call_method, op, name, "mycel.Tensor"));
    if (has_in_place_method(op)) {
      set_method(name + "_", make(method_type, call_in_place, op, name + "_", "mycel.Tensor"));
    }
  }
}

nb::object operation(const char* name) {
  const ir::OpDef* op = ir::Registry::get().find(name);
  if (!op) fail(Code::kValue, "[operation] expects an operation's name, got {}", name);
  return make(function_type, call_function, *op, name, "mycel");
}

}  // namespace

void bind_callables(nb::module_& functions, nb::module_& functional) {
  check_status(PyType_Ready(&function_type));
  check_status(PyType_Ready(&method_type));
  const ir::Registry& registry = ir::Registry::get();
  for (size_t i = 0; i < registry.size(); ++i) {
    const ir::OpDef& op = registry.at(static_cast<int>(i));
    // Operations with regions have no callable: they come from programs, not from calls.
    if (op.kind != ir::OpKind::kStructured) add(op, functions, functional);
  }
  for (const ir::OpDef* function : user_functions()) add(*function, functions, functional);
  PyType_Modified(&tensor_type);
  functions.def(
      "operation", operation, nb::arg("name"),
      nb::sig("def operation(name: str) -> Callable[..., Any]"),
      "An operation of the IR by name, those included that have no function of their own.");
}

}  // namespace mycel::python
