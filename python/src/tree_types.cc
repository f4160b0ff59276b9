// Which types are containers.
#include <unordered_map>

#include "python/src/error.h"
#include "python/src/tree_nodes.h"

namespace mycel::python::nodes {
namespace {

std::unordered_map<PyObject*, Registered>& registry() {
  static auto* table = new std::unordered_map<PyObject*, Registered>();
  return *table;
}

// What a type is, remembered: asking costs attribute look-ups.
std::unordered_map<PyTypeObject*, Kind>& known_kinds() {
  static auto* table = new std::unordered_map<PyTypeObject*, Kind>();
  return *table;
}

PyObject* imported(const char* module, const char* name) {
  return nb::object(nb::module_::import_(module).attr(name)).release().ptr();
}
PyTypeObject* ordered_dict() {
  static auto* type = reinterpret_cast<PyTypeObject*>(imported("collections", "OrderedDict"));
  return type;
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
  if (type == ordered_dict() || type == default_dict()) return Kind::kDict;
  if (is_named_tuple(type)) return Kind::kNamedTuple;
  return is_dataclass(type) ? Kind::kDataclass : Kind::kLeaf;
}

}  // namespace

PyTypeObject* default_dict() {
  static auto* type = reinterpret_cast<PyTypeObject*>(imported("collections", "defaultdict"));
  return type;
}

const Registered& registered(PyObject* type) { return registry().at(type); }

void add_registered(PyTypeObject* type, nb::object flatten, nb::object unflatten) {
  if (find_kind(type) != Kind::kLeaf) {
    fail(Code::kValue, "[tree] expects a class that is no container yet, got {}", type->tp_name);
  }
  Py_INCREF(type);
  registry()[reinterpret_cast<PyObject*>(type)] = {std::move(flatten), std::move(unflatten)};
  known_kinds().erase(type);
}

Kind kind_of_type(PyTypeObject* type) {
  auto [entry, fresh] = known_kinds().try_emplace(type, Kind::kLeaf);
  if (fresh) {
    Py_INCREF(type);  // so that the address stays this type's
    entry->second = find_kind(type);
  }
  return entry->second;
}

}  // namespace mycel::python::nodes
