#include "python/src/jit_entry.h"

#include <fmt/format.h>

#include "python/src/error.h"
#include "python/src/recorder.h"
#include "python/src/tensor_object.h"

namespace mycel::python {

std::shared_ptr<JitEntry> JitEntry::make(const std::string& name, nb::handle function,
                                         const CallArguments& arguments, const Tensors& tensors) {
  std::shared_ptr<JitEntry> entry(new JitEntry(arguments));
  entry->argument_texts_ = entry->key_.describe(arguments, function);
  entry->compiled_ = compiler::Compiled::make(name, tensors, [&](const Tensors& traced) {
    return entry->trace(function, arguments, traced);
  });
  return entry;
}

Tensors JitEntry::trace(nb::handle function, const CallArguments& arguments,
                        const Tensors& traced) {
  Recorder recorder(function);
  Tensors tensors;
  keep_result(run_python(function, arguments, traced), tensors);
  guards_ = recorder.finish();
  return tensors;
}

nb::object JitEntry::run_python(nb::handle function, const CallArguments& arguments,
                                const Tensors& traced) const {
  const FlatTree& tree = arguments.tree();
  std::vector<nb::object> held;
  std::vector<PyObject*> leaves;
  for (size_t i = 0; i < tree.leaves.size(); ++i) {
    int tensor = arguments.tensor_of_leaf()[i];
    held.push_back(tensor < 0 ? tree.leaves[i]
                              : nb::steal(wrap(traced[static_cast<size_t>(tensor)])));
    leaves.push_back(held.back().ptr());
  }
  nb::object values = key_.build(leaves.data());
  nb::object names = key_.keyword_names();
  return owned(PyObject_Vectorcall(function.ptr(), PySequence_Fast_ITEMS(values.ptr()),
                                   arguments.num_positional(), names.ptr()));
}

void JitEntry::keep_result(nb::handle result, Tensors& tensors) {
  FlatTree tree;
  tree.add(result.ptr());
  result_ = Structure(tree);
  for (const nb::object& leaf : tree.leaves) {
    if (is_tensor(leaf.ptr())) {
      tensors.push_back(operand(leaf.ptr()));
      result_leaves_.emplace_back();
    } else {
      result_leaves_.push_back(leaf);
    }
  }
}

nb::object JitEntry::call(const Tensors& tensors) {
  Tensors results = compiled_->call(tensors);
  if (result_.is_leaf() && !result_leaves_[0].is_valid()) {
    return nb::steal(wrap(std::move(results)[0]));
  }
  InlineVector<nb::object, 4> held(result_leaves_);
  InlineVector<PyObject*, 4> leaves;
  size_t next = 0;
  for (nb::object& leaf : held) {
    if (!leaf.is_valid()) leaf = nb::steal(wrap(results[next++]));
    leaves.push_back(leaf.ptr());
  }
  return result_.build(leaves.data());
}

std::string JitEntry::difference(const std::vector<std::string>& arguments,
                                 const CallArguments& call) {
  if (!key_.matches(call)) {
    for (size_t i = 0; i < arguments.size() && i < argument_texts_.size(); ++i) {
      if (arguments[i] == argument_texts_[i]) continue;
      return fmt::format("argument {} was {}", arguments[i], argument_texts_[i]);
    }
    return "the structure of the arguments changed";
  }
  std::string changed = guards_.changed();
  return changed.empty() ? "an outer tensor changed its type, requires_grad or .grad" : changed;
}

int JitEntry::traverse(visitproc visit, void* arg) const {
  for (const nb::object& leaf : result_leaves_) Py_VISIT(leaf.ptr());
  if (int status = key_.traverse(visit, arg)) return status;
  return guards_.traverse(visit, arg);
}

}  // namespace mycel::python
