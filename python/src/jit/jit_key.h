// The key of a compilation in the Python front end: the arguments of a call, and the tensors among
// them. The C++ front end's is in mycel/jit/jit.cc.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "mycel/base/index_table.h"
#include "mycel/tensor/tensor.h"
#include "python/src/jit/guard.h"
#include "python/src/tree/tree.h"

namespace mycel::python {

// The arguments of one call. The key contains: of each tensor, its type, requires_grad and which
// other arguments are the same object; modules and optimisers by identity; of other leaves, the
// value; the structure of containers; the thread's modes (gradients, mode, device).
class CallArguments {
 public:
  // Takes the arguments of a vectorcall. Raises TypeError for a NumPy array.
  CallArguments(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                std::string_view function);

  const FlatTree& tree() const { return tree_; }
  // Each distinct tensor object once.
  Tensors tensors() const;
  // For each leaf: its index in tensors(), or -1.
  const InlineVector<int, 32>& tensor_of_leaf() const { return tensor_of_leaf_; }
  // Modules and optimisers, which are static; an entry refers to them weakly.
  const InlineVector<PyObject*, 4>& guarded() const { return guarded_; }
  size_t num_positional() const { return num_positional_; }
  // The number of words of the arguments as one tuple: positional, then keyword arguments.
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

// The part of the arguments that a compiled entry keeps as its key.
class CallKey {
 public:
  explicit CallKey(const CallArguments& arguments);
  bool matches(const CallArguments& arguments) const {
    return structure_.matches(arguments.tree()) && has(arguments.guarded());
  }
  // Whether an argument is gone: the key never matches again.
  bool gone() const;
  // Builds the arguments as one tuple with these leaves.
  nb::object build(PyObject* const* leaves) const { return arguments_.build(leaves); }
  nb::object keyword_names() const { return keyword_names_; }
  // Describes leaves by parameter name, one line each ("x: f32[8,3]", "rate: 0.1"), and modes.
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
  Structure arguments_;  // containers only
  nb::object keyword_names_;
  std::vector<Watched> guarded_;
};

}  // namespace mycel::python
