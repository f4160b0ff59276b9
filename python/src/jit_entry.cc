#include "python/src/jit_entry.h"

#include <fmt/format.h>

#include "python/src/elements.h"
#include "python/src/error.h"
#include "python/src/state_number.h"
#include "python/src/tensor_object.h"

namespace mycel::python {

std::shared_ptr<JitEntry> JitEntry::make(const std::string& name, nb::handle function,
                                         const CallArguments& arguments, const Tensors& tensors,
                                         Recorder::Said& said) {
  std::shared_ptr<JitEntry> entry(new JitEntry(arguments));
  entry->argument_texts_ = entry->key_.describe(arguments, function);
  entry->compiled_ = compiler::Compiled::make(name, tensors, [&](const Tensors& traced) {
    return entry->trace(function, arguments, traced, said);
  });
  entry->changes_ = {};
  return entry;
}

Tensors JitEntry::trace(nb::handle function, const CallArguments& arguments, const Tensors& traced,
                        Recorder::Said& said) {
  changes_.undo(guards_);  // of an earlier trace: the effects of the function happen once
  nb::list roots;
  roots.append(function);
  for (const nb::object& leaf : arguments.tree().leaves) roots.append(leaf);
  Recorder recorder(roots, said);
  Tensors tensors;
  keep_result(run_python(function, arguments, traced), tensors);
  Record record = recorder.finish();
  guards_ = std::move(record.guards);
  changes_ = std::move(record.changes);
  effect_ = std::move(record.effect);
  keep_numbers(record.numbers, tensors);
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
  result_leaves_.clear();  // of an earlier trace
  result_numbers_.clear();
  for (const nb::object& leaf : tree.leaves) {
    bool number = is_state_number(leaf.ptr());
    if (number || is_tensor(leaf.ptr())) {
      tensors.push_back(number ? tensor_of_state_number(leaf.ptr())
                               : as_tensor(leaf.ptr())->tensor);
      result_numbers_.push_back(number);
      result_leaves_.emplace_back();
    } else {
      result_leaves_.push_back(leaf);
    }
  }
}

void JitEntry::keep_numbers(const nb::list& numbers, Tensors& tensors) {
  state_outputs_.clear();  // of an earlier trace
  for (nb::handle each : numbers) {
    state_outputs_.push_back({each.attr("holder"), each.attr("key")});
    tensors.push_back(as_tensor(nb::object(each.attr("tensor")).ptr())->tensor);
  }
}

nb::object JitEntry::call(const Tensors& tensors) {
  Tensors results = compiled_->call(tensors);
  size_t next = result_numbers_.size();
  for (const StateOutput& output : state_outputs_) {
    nb::object number = owned(only_element(results[next++], "step"));
    check_status(PyDict_SetItem(output.holder.ptr(), output.key.ptr(), number.ptr()));
  }
  return build_result(results);
}

nb::object JitEntry::build_result(const Tensors& results) const {
  size_t next = 0;
  auto take = [&]() -> nb::object {
    const Tensor& result = results[next];
    return result_numbers_[next++] ? owned(only_element(result, "call")) : nb::steal(wrap(result));
  };
  if (result_.is_leaf() && !result_leaves_[0].is_valid()) return take();
  InlineVector<nb::object, 4> held(result_leaves_);
  InlineVector<PyObject*, 4> leaves;
  for (nb::object& leaf : held) {
    if (!leaf.is_valid()) leaf = take();
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
  for (const StateOutput& output : state_outputs_) {
    Py_VISIT(output.holder.ptr());
    Py_VISIT(output.key.ptr());
  }
  if (int status = key_.traverse(visit, arg)) return status;
  return guards_.traverse(visit, arg);
}

}  // namespace mycel::python
