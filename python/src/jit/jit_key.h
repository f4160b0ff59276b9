// The arguments of a call of a compiled function: what tells one compilation from another, and the
// tensors among them.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "mycel/base/index_table.h"
#include "mycel/tensor/tensor.h"
#include "python/src/jit/guard.h"
#include "python/src/tree/tree.h"

namespace mycel::python {

// Tensors are keyed by type, requires_grad and which of them are one object; other leaves by value;
// containers by structure; and the modes of the thread.
class CallArguments {
 public:
  // As vectorcall gives them. Raises TypeError for a NumPy array.
  CallArguments(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                std::string_view function);

  const FlatTree& tree() const { return tree_; }
  // Every tensor object once.
  Tensors tensors() const;
  // Of each leaf: its number among the tensors, or -1.
  const InlineVector<int, 32>& tensor_of_leaf() const { return tensor_of_leaf_; }
  // Modules and optimisers, which are static; an entry knows them weakly.
  const InlineVector<PyObject*, 4>& guarded() const { return guarded_; }
  size_t num_positional() const { return num_positional_; }
  // Of the arguments as one tuple: the positional ones, then those with keywords.
  size_t num_tree_words() const { return num_tree_words_; }

 private:
  using Numbers = IndexTable<const TensorImpl*>;
  void add_tensor(PyObject* object, Numbers& numbers);
  void add_static(PyObject* object, std::string_view function);
  void add_modes();

  FlatTree tree_;
  size_t num_positional_;
  size_t num_tree_words_ = 0;
  InlineVector<PyObject*, 32> distinct_;
  InlineVector<int, 32> tensor_of_leaf_;
  InlineVector<PyObject*, 4> guarded_;
};

// What a compiled entry keeps of them.
class CallKey {
 public:
  explicit CallKey(const CallArguments& arguments);
  bool matches(const CallArguments& arguments) const {
    return structure_.matches(arguments.tree()) && has(arguments.guarded());
  }
  // Whether an argument is gone: it never matches again.
  bool gone() const;
  // The arguments as one tuple, with other leaves.
  nb::object build(PyObject* const* leaves) const { return arguments_.build(leaves); }
  nb::object keyword_names() const { return keyword_names_; }
  // "x: f32[8,3], rate: 0.1": one line per leaf, under the function's parameter names.
  std::vector<std::string> describe(const CallArguments& arguments, nb::handle function) const;
  int traverse(visitproc visit, void* arg) const;

 private:
  bool has(const InlineVector<PyObject*, 4>& guarded) const {
    for (size_t i = 0; i < guarded_.size(); ++i) {
      if (!guarded_[i].is(guarded[i])) return false;
    }
    return true;
  }

  Structure structure_;  // with the leaves' descriptions
  Structure arguments_;  // the containers alone
  nb::object keyword_names_;
  std::vector<Watched> guarded_;
};

}  // namespace mycel::python
