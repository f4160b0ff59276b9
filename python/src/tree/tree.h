// Containers of values: flattened to a list of leaves and a structure, and built again.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "mycel/base/inline_vector.h"

namespace mycel::python {

namespace nb = nanobind;

// A flattened tree. The structure is `words` (one per node, in preorder) and `objects` (dict keys,
// types, what registered types keep); two trees of equal structure have equal ones. All is held:
// user code that runs meanwhile, or another thread, may change the containers.
struct FlatTree {
  InlineVector<uint64_t, 48> words;
  InlineVector<nb::object, 16> objects;
  InlineVector<nb::object, 32> leaves;
  // Dataclasses keep their attributes beside the fields as they are; else they have none.
  bool whole_dataclasses = false;

  // Appends a tree: dict, list, tuple, named tuple, dataclass, None and registered types are nodes,
  // everything else is a leaf. Raises RuntimeError for a container that changes meanwhile.
  void add(PyObject* tree);
};

// The structure of a tree, with references of its own.
class Structure {
 public:
  Structure() = default;
  explicit Structure(const FlatTree& tree) : Structure(tree, tree.words.size()) {}
  // Of its first words alone.
  Structure(const FlatTree& tree, size_t num_words)
      : words_(tree.words.begin(), tree.words.begin() + num_words),
        objects_(tree.objects.begin(), tree.objects.end()) {}

  bool matches(const FlatTree& tree) const;
  // A tree of this structure; `leaves` are borrowed.
  nb::object build(PyObject* const* leaves) const;
  size_t num_leaves() const;
  bool is_leaf() const { return words_.size() == 1 && num_leaves() == 1; }
  const std::vector<uint64_t>& words() const { return words_; }
  const std::vector<nb::object>& objects() const { return objects_; }
  // Where each leaf stands: "[0]['x'].y"; for messages.
  std::vector<std::string> paths() const;

 private:
  std::vector<uint64_t> words_;
  std::vector<nb::object> objects_;
};

// Whether two objects of structures or static values mean the same: identical, or of one type and
// equal where that type's values are immutable.
bool same_object(PyObject* a, PyObject* b);

void bind_tree(nb::module_& module);

}  // namespace mycel::python
