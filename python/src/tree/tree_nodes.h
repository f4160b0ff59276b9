// The encoding of a flattened tree's nodes, shared by the sources of tree.h.
#pragma once

#include "python/src/tree/tree.h"

namespace mycel::python::nodes {

enum class Kind : uint8_t {
  kLeaf,
  kNone,
  kTuple,
  kList,
  kDict,
  kNamedTuple,
  kDataclass,
  kWholeDataclass,  // one with attributes other than its fields
  kCustom
};

inline uint64_t word_of(Kind kind, Py_ssize_t children) {
  return static_cast<uint64_t>(kind) | static_cast<uint64_t>(children) << 8;
}
inline Kind kind_of(uint64_t word) { return static_cast<Kind>(word & 0xff); }
inline size_t children_of(uint64_t word) { return word >> 8; }

// The functions that a user registered for a type.
struct Registered {
  nb::object flatten, unflatten;
};
const Registered& registered(PyObject* type);
void add_registered(PyTypeObject* type, nb::object flatten, nb::object unflatten);

Kind kind_of_type(PyTypeObject* type);
PyTypeObject* default_dict();
// Returns the names of a dataclass's fields, a tuple that lives as long as the type.
PyObject* field_names(PyTypeObject* type);
// Returns an object's `__dict__`, or an invalid object.
nb::object attributes_of(PyObject* object);

}  // namespace mycel::python::nodes
