// Builds trees and the paths of leaves from structures.
#include <nanobind/stl/string.h>

#include "python/src/common/error.h"
#include "python/src/tree/tree_nodes.h"

namespace mycel::python {

using nodes::children_of;
using nodes::default_dict;
using nodes::field_names;
using nodes::Kind;
using nodes::kind_of;
using nodes::registered;

namespace {

class Builder {
 public:
  Builder(const std::vector<uint64_t>& words, const std::vector<nb::object>& objects,
          PyObject* const* leaves)
      : words_(words), objects_(objects), leaves_(leaves) {}

  nb::object next() {
    uint64_t word = words_[word_++];
    size_t size = children_of(word);
    switch (kind_of(word)) {
      case Kind::kLeaf:
        return nb::borrow(leaves_[leaf_++]);
      case Kind::kNone:
        return nb::none();
      case Kind::kTuple:
        return tuple(size);
      case Kind::kList:
        return nb::steal(check(PySequence_List(tuple(size).ptr())));
      case Kind::kDict:
        return dict(size);
      case Kind::kNamedTuple: {
        nb::object type = objects_[object_++];
        return type.attr("_make")(tuple(size));
      }
      case Kind::kDataclass:
        return dataclass();
      case Kind::kWholeDataclass:
        return whole_dataclass();
      case Kind::kCustom: {
        nb::object type = objects_[object_++], kept = objects_[object_++];
        return registered(type.ptr()).unflatten(kept, tuple(size));
      }
    }
    fail_internal("unknown kind of tree node");
  }

 private:
  nb::object tuple(size_t size) {
    nb::object result = owned(PyTuple_New(static_cast<Py_ssize_t>(size)));
    for (size_t i = 0; i < size; ++i) {
      PyTuple_SET_ITEM(result.ptr(), static_cast<Py_ssize_t>(i), next().release().ptr());
    }
    return result;
  }

  nb::object dict(size_t size) {
    nb::object type = objects_[object_++];
    bool has_default = type.is(nb::handle(reinterpret_cast<PyObject*>(default_dict())));
    nb::object result = has_default ? type(objects_[object_++]) : type();
    for (size_t i = 0; i < size; ++i) {
      nb::object key = objects_[object_++];
      check_status(PyObject_SetItem(result.ptr(), key.ptr(), next().ptr()));
    }
    return result;
  }

  nb::object dataclass() {
    nb::object type = objects_[object_++];
    return with_fields(type);
  }

  nb::object whole_dataclass() {
    nb::object type = objects_[object_++], others = objects_[object_++];
    nb::object result = with_fields(type);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(others.ptr()); i += 2) {
      check_status(PyObject_GenericSetAttr(result.ptr(), PyTuple_GET_ITEM(others.ptr(), i),
                                           PyTuple_GET_ITEM(others.ptr(), i + 1)));
    }
    return result;
  }

  // Builds the object without __init__, which may check or compute.
  nb::object with_fields(const nb::object& type) {
    nb::object result = type.attr("__new__")(type);
    PyObject* names = field_names(reinterpret_cast<PyTypeObject*>(type.ptr()));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
      check_status(PyObject_GenericSetAttr(result.ptr(), PyTuple_GET_ITEM(names, i), next().ptr()));
    }
    return result;
  }

  const std::vector<uint64_t>& words_;
  const std::vector<nb::object>& objects_;
  PyObject* const* leaves_;
  size_t word_ = 0, object_ = 0, leaf_ = 0;
};

struct PathWalk {
  const std::vector<uint64_t>& words;
  const std::vector<nb::object>& objects;
  std::vector<std::string> paths = {};
  size_t word = 0, object = 0;

  static std::string text(nb::handle value) { return nb::cast<std::string>(nb::str(value)); }

  void visit(const std::string& path) {
    uint64_t here = words[word++];
    size_t size = children_of(here);
    Kind kind = kind_of(here);
    if (kind == Kind::kLeaf) return paths.push_back(path);
    nb::object type;
    if (kind >= Kind::kDict) type = objects[object++];
    if (kind == Kind::kCustom || kind == Kind::kWholeDataclass) ++object;
    if (kind == Kind::kDict && type.is(nb::handle(reinterpret_cast<PyObject*>(default_dict())))) {
      ++object;
    }
    nb::object names;
    if (kind == Kind::kNamedTuple) names = type.attr("_fields");
    if (kind == Kind::kDataclass || kind == Kind::kWholeDataclass) {
      names = nb::borrow(field_names(reinterpret_cast<PyTypeObject*>(type.ptr())));
    }
    for (size_t i = 0; i < size; ++i) {
      if (kind == Kind::kDict) {
        visit(path + "[" + text(nb::repr(objects[object++])) + "]");
      } else if (names.is_valid()) {
        visit(path + "." + text(names[i]));
      } else {
        visit(path + "[" + std::to_string(i) + "]");
      }
    }
  }
};

}  // namespace

nb::object Structure::build(PyObject* const* leaves) const {
  return Builder(words_, objects_, leaves).next();
}

size_t Structure::num_leaves() const {
  size_t count = 0;
  for (uint64_t word : words_) count += kind_of(word) == Kind::kLeaf;
  return count;
}

std::vector<std::string> Structure::paths() const {
  PathWalk walk{words_, objects_};
  walk.visit("");
  return walk.paths;
}

}  // namespace mycel::python
