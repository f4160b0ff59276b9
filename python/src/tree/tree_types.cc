// Decides which types are containers.
#include <unordered_map>

#include "python/src/common/error.h"
#include "python/src/common/imported.h"
#include "python/src/jit/guarded_type.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tree/tree_nodes.h"

namespace mycel::python::nodes {
namespace {

std::unordered_map<PyObject*, Registered>& registry() {
  static auto* table = new std::unordered_map<PyObject*, Registered>();
  return *table;
}

// Caches the kinds of types, as finding one costs attribute look-ups.
std::unordered_map<PyTypeObject*, Kind>& known_kinds() {
  static auto* table = new std::unordered_map<PyTypeObject*, Kind>();
  return *table;
}

PyTypeObject* ordered_dict() {
  static constinit Imported type{"collections", "OrderedDict"};
  return reinterpret_cast<PyTypeObject*>(type.get());
}

bool is_named_tuple(PyTypeObject* type) {
  return PyType_IsSubtype(type, &PyTuple_Type) &&
         PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), "_fields");
}
bool is_dataclass(PyTypeObject* type) {
  return PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), "__dataclass_fields__");
}

Kind find_kind(PyTypeObject* type) {
  if (registry().contains(reinterpret_cast<PyObject*>(type))) return Kind::kCustom;
  if (is_guarded_type(type)) return Kind::kLeaf;  // a module may be a dataclass, too
  if (type == ordered_dict() || type == default_dict()) return Kind::kDict;
  if (is_named_tuple(type)) return Kind::kNamedTuple;
  return is_dataclass(type) ? Kind::kDataclass : Kind::kLeaf;
}

// Whether Flattener::visit decides a type's kind itself.
bool has_fixed_kind(PyTypeObject* type) {
  for (PyTypeObject* exact : {&PyTuple_Type, &PyList_Type, &PyDict_Type, Py_TYPE(Py_None)}) {
    if (type == exact) return true;
  }
  for (PyTypeObject* base : {&PyLong_Type, &PyFloat_Type, &PyUnicode_Type, &tensor_type}) {
    if (PyType_IsSubtype(type, base)) return true;
  }
  return false;
}

}  // namespace

PyTypeObject* default_dict() {
  static constinit Imported type{"collections", "defaultdict"};
  return reinterpret_cast<PyTypeObject*>(type.get());
}

PyObject* field_names(PyTypeObject* type) {
  static auto* known = new std::unordered_map<PyTypeObject*, PyObject*>();
  PyObject*& names = (*known)[type];
  if (!names) {
    nb::list found;
    nb::module_ dataclasses = nb::module_::import_("dataclasses");
    for (nb::handle field :
         dataclasses.attr("fields")(nb::handle(reinterpret_cast<PyObject*>(type)))) {
      found.append(field.attr("name"));
    }
    names = check(PySequence_Tuple(found.ptr()));
    Py_INCREF(type);  // so that no other type gets this address
  }
  return names;
}

nb::object attributes_of(PyObject* object) {
  nb::object dict = nb::steal(PyObject_GenericGetDict(object, nullptr));
  if (!dict.is_valid()) PyErr_Clear();
  return dict;
}

const Registered& registered(PyObject* type) { return registry().at(type); }

void add_registered(PyTypeObject* type, nb::object flatten, nb::object unflatten) {
  if (find_kind(type) != Kind::kLeaf || has_fixed_kind(type)) {
    fail(Code::kValue, "[tree] expects a class that is no container or number yet, got {}",
         type->tp_name);
  }
  Py_INCREF(type);
  registry()[reinterpret_cast<PyObject*>(type)] = {std::move(flatten), std::move(unflatten)};
  known_kinds().erase(type);
}

Kind kind_of_type(PyTypeObject* type) {
  auto known = known_kinds().find(type);
  if (known != known_kinds().end()) return known->second;
  Kind kind = find_kind(type);  // may run the metaclass's code, which may call this function
  // So that no other type gets this address.
  if (known_kinds().insert_or_assign(type, kind).second) Py_INCREF(type);
  return kind;
}

}  // namespace mycel::python::nodes
