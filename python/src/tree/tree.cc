#include "python/src/tree/tree.h"

#include <bit>
#include <cstring>

#include "python/src/common/error.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tree/tree_nodes.h"

namespace mycel::python {

using nodes::default_dict;
using nodes::field_names;
using nodes::Kind;
using nodes::kind_of_type;
using nodes::registered;
using nodes::word_of;

namespace {

// One level of nesting; too many raise RecursionError.
struct Depth {
  Depth() {
    if (Py_EnterRecursiveCall(" in a nested container")) nb::raise_python_error();
  }
  Depth(const Depth&) = delete;
  ~Depth() { Py_LeaveRecursiveCall(); }
};

class Flattener {
 public:
  explicit Flattener(FlatTree& out) : out_(out) {}

  void visit(PyObject* tree) {
    PyTypeObject* type = Py_TYPE(tree);
    if (type == &tensor_type) return leaf(tree);
    if (tree == Py_None) return out_.words.push_back(word_of(Kind::kNone, 0));
    Depth depth;
    if (type == &PyTuple_Type) {
      sequence(Kind::kTuple, tree);
    } else if (type == &PyList_Type) {
      sequence(Kind::kList, tree);
    } else if (type == &PyDict_Type) {
      dict(tree);
    } else if (PyLong_Check(tree) || PyFloat_Check(tree) || PyUnicode_Check(tree)) {
      leaf(tree);
    } else {
      other(tree, kind_of_type(type));
    }
  }

 private:
  void leaf(PyObject* value) {
    out_.words.push_back(word_of(Kind::kLeaf, 0));
    out_.leaves.push_back(nb::borrow(value));
  }

  void object(PyObject* value) { out_.objects.push_back(nb::borrow(value)); }
  void object(PyTypeObject* type) { object(reinterpret_cast<PyObject*>(type)); }

  // Holds the child during the visit, which may run code that removes it from its container.
  void child(nb::object value) { visit(value.ptr()); }

  [[noreturn]] static void fail_changed(PyObject* tree) {
    fail(Code::kRuntime,
         "[tree] expects containers that do not change meanwhile, got a {} that did",
         type_text(tree));
  }

  void sequence(Kind kind, PyObject* tree) {
    Py_ssize_t size = PySequence_Fast_GET_SIZE(tree);
    out_.words.push_back(word_of(kind, size));
    for (Py_ssize_t i = 0; i < size; ++i) {
      if (i >= PySequence_Fast_GET_SIZE(tree)) fail_changed(tree);
      child(nb::borrow(PySequence_Fast_GET_ITEM(tree, i)));
    }
  }

  void dict(PyObject* tree) {
    Py_ssize_t size = PyDict_GET_SIZE(tree);
    out_.words.push_back(word_of(Kind::kDict, size));
    object(Py_TYPE(tree));
    if (Py_IS_TYPE(tree, default_dict())) {
      out_.objects.push_back(owned(PyObject_GetAttrString(tree, "default_factory")));
    }
    if (PyODict_CheckExact(tree)) return items_in_own_order(tree, size);
    PyObject *key, *value;
    Py_ssize_t position = 0, visited = 0;
    while (visited < size && PyDict_Next(tree, &position, &key, &value)) {
      object(key);
      child(nb::borrow(value));
      ++visited;
    }
    if (visited < size) fail_changed(tree);
  }

  // Visits an OrderedDict, whose order is not that of the underlying dict.
  void items_in_own_order(PyObject* tree, Py_ssize_t size) {
    nb::object keys = owned(PySequence_List(tree));
    if (PyList_GET_SIZE(keys.ptr()) != size) fail_changed(tree);
    for (Py_ssize_t i = 0; i < size; ++i) {
      PyObject* key = PyList_GET_ITEM(keys.ptr(), i);
      object(key);
      PyObject* value = PyDict_GetItemWithError(tree, key);
      if (!value && !PyErr_Occurred()) fail_changed(tree);
      child(nb::borrow(check(value)));
    }
  }

  void other(PyObject* tree, Kind kind) {
    switch (kind) {
      case Kind::kDict:
        return dict(tree);
      case Kind::kNamedTuple:
        object(Py_TYPE(tree));
        return sequence(kind, tree);
      case Kind::kDataclass:
        return dataclass(tree);
      case Kind::kCustom:
        return custom(tree);
      default:
        return leaf(tree);
    }
  }

  // Returns a tuple of names and values, alternating; invalid if there are none.
  static nb::object other_attributes(PyObject* tree, PyObject* names) {
    nb::object dict = nodes::attributes_of(tree);
    if (!dict.is_valid() || PyDict_GET_SIZE(dict.ptr()) == PyTuple_GET_SIZE(names)) return {};
    nb::list others;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict.ptr(), &position, &key, &value)) {
      if (PySequence_Contains(names, key)) continue;
      others.append(nb::handle(key));
      others.append(nb::handle(value));
    }
    return PyList_GET_SIZE(others.ptr()) == 0 ? nb::object() : owned(PyList_AsTuple(others.ptr()));
  }

  void dataclass(PyObject* tree) {
    PyObject* names = field_names(Py_TYPE(tree));
    nb::object others = out_.whole_dataclasses ? other_attributes(tree, names) : nb::object();
    Kind kind = others.is_valid() ? Kind::kWholeDataclass : Kind::kDataclass;
    out_.words.push_back(word_of(kind, PyTuple_GET_SIZE(names)));
    object(Py_TYPE(tree));
    if (others.is_valid()) out_.objects.push_back(std::move(others));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
      child(owned(PyObject_GetAttr(tree, PyTuple_GET_ITEM(names, i))));
    }
  }

  void custom(PyObject* tree) {
    auto* type = reinterpret_cast<PyObject*>(Py_TYPE(tree));
    nb::object parts = registered(type).flatten(nb::handle(tree));
    if (!PyTuple_Check(parts.ptr()) || PyTuple_GET_SIZE(parts.ptr()) != 2) {
      fail(Code::kType, "[tree] expects flatten of {} to return (children, kept)",
           reinterpret_cast<PyTypeObject*>(type)->tp_name);
    }
    nb::object children = owned(PySequence_Tuple(PyTuple_GET_ITEM(parts.ptr(), 0)));
    object(type);
    object(PyTuple_GET_ITEM(parts.ptr(), 1));
    sequence(Kind::kCustom, children.ptr());
  }

  FlatTree& out_;
};

// Whether equal values of the type are interchangeable.
bool is_value_type(PyTypeObject* type) {
  return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type ||
         type == &PyBytes_Type || type == &PyComplex_Type || type == &PySlice_Type ||
         type == &PyRange_Type || type == &PyFrozenSet_Type || type == &PyTuple_Type;
}

}  // namespace

bool same_object(PyObject* a, PyObject* b) {
  if (a == b) return true;
  if (Py_TYPE(a) != Py_TYPE(b) || !is_value_type(Py_TYPE(a))) return false;
  if (PyFloat_CheckExact(a)) {  // NaN equals itself, and 0.0 differs from -0.0
    return std::bit_cast<uint64_t>(PyFloat_AS_DOUBLE(a)) ==
           std::bit_cast<uint64_t>(PyFloat_AS_DOUBLE(b));
  }
  if (PyTuple_CheckExact(a)) {
    if (PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b)) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a); ++i) {
      if (!same_object(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i))) return false;
    }
    return true;
  }
  int equal = PyObject_RichCompareBool(a, b, Py_EQ);
  if (equal < 0) PyErr_Clear();
  return equal == 1;
}

void FlatTree::add(PyObject* tree) { Flattener(*this).visit(tree); }

bool Structure::matches(const FlatTree& tree) const {
  if (words_.size() != tree.words.size() || objects_.size() != tree.objects.size() ||
      std::memcmp(words_.data(), tree.words.data(), words_.size() * sizeof(uint64_t)) != 0) {
    return false;
  }
  for (size_t i = 0; i < objects_.size(); ++i) {
    if (!same_object(objects_[i].ptr(), tree.objects[i].ptr())) return false;
  }
  return true;
}

}  // namespace mycel::python
