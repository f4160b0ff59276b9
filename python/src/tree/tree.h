// Flattens trees of containers to leaves and a structure, and rebuilds them.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "mycel/base/inline_vector.h"

namespace mycel::python {

namespace nb = nanobind;

// A flattened tree. The structure is `words` (one per node, in preorder) and `objects` (dict keys,
// types, data of registered types); trees of equal structure have equal ones. Holds references,
// because user code that flattening runs, or another thread, may change the containers.
struct FlatTree {
  InlineVector<uint64_t, 48> words;
  InlineVector<nb::object, 16> objects;
  InlineVector<nb::object, 32> leaves;
  // Whether dataclasses keep attributes other than their fields, unflattened, or drop them.
  bool whole_dataclasses = false;

  // Appends a tree: dict, list, tuple, named tuple, dataclass, None and registered types are nodes,
  // everything else is a leaf. Raises RuntimeError for a container that changes during flattening.
  void add(PyObject* tree);
};

// The structure of a tree; holds references of its own.
class Structure {
 public:
  Structure() = default;
  explicit Structure(const FlatTree& tree) : Structure(tree, tree.words.size()) {}
  // Takes only the first words.
  Structure(const FlatTree& tree, size_t num_words)
      : words_(tree.words.begin(), tree.words.begin() + num_words),
        objects_(tree.objects.begin(), tree.objects.end()) {}

  bool matches(const FlatTree& tree) const;
  // Builds a tree of this structure; `leaves` are borrowed.
  nb::object build(PyObject* const* leaves) const;
  size_t num_leaves() const;
  bool is_leaf() const { return words_.size() == 1 && num_leaves() == 1; }
  const std::vector<uint64_t>& words() const { return words_; }
  const std::vector<nb::object>& objects() const { return objects_; }
  // Returns the path of each leaf, "[0]['x'].y", for messages.
  std::vector<std::string> paths() const;

 private:
  std::vector<uint64_t> words_;
  std::vector<nb::object> objects_;
};

// Whether two objects of structures or static values are interchangeable: identical, or equal and
// of the same type, whose values are immutable.
bool same_object(PyObject* a, PyObject* b);

void bind_tree(nb::module_& module);

}  // namespace mycel::python
