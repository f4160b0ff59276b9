#include "python/src/jit/jit_entry.h"

#include <fmt/format.h>

#include <exception>

#include "python/src/common/error.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {

std::shared_ptr<JitEntry> JitEntry::make(const std::string& name, nb::handle function,
                                         const CallArguments& arguments, const Tensors& tensors,
                                         Recorder::Said& said) {
  std::shared_ptr<JitEntry> entry(new JitEntry(arguments));
  entry->argument_texts_ = entry->key_.describe(arguments, function);
  std::exception_ptr exit;  // Ctrl-C, say: the function must not run again
  entry->compiled_ = compiler::Compiled::make(name, tensors, [&](const Tensors& traced) {
    if (exit) std::rethrow_exception(exit);
    try {
      return entry->trace(function, arguments, traced, said);
    } catch (const nb::python_error& error) {
      if (!error.matches(PyExc_Exception)) exit = std::current_exception();
      throw;
    }
  });
  entry->changes_ = {};
  return entry;
}

Tensors JitEntry::trace(nb::handle function, const CallArguments& arguments, const Tensors& traced,
                        Recorder::Said& said) {
  changes_.undo(guards_);  // undoes an earlier trace: the function's effects happen once
  nb::list roots;
  roots.append(function);
  for (const nb::object& leaf : arguments.tree().leaves) roots.append(leaf);
  Recorder recorder(roots, said);
  nb::object built = build_arguments(arguments, traced);
  PyObject* const* items = PySequence_Fast_ITEMS(built.ptr());
  TracedContainers containers(items, static_cast<size_t>(PyTuple_GET_SIZE(built.ptr())));
  nb::object names = key_.keyword_names();
  nb::object result =
      owned(PyObject_Vectorcall(function.ptr(), items, arguments.num_positional(), names.ptr()));
  Tensors tensors;
  result_ = BuiltValue(result, tensors);
  writes_ = ArgumentWrites(containers, result, tensors);
  recorder.give_result(result);
  result.reset();
  Record record = recorder.finish();
  guards_ = std::move(record.guards);
  changes_ = std::move(record.changes);
  effect_ = std::move(record.effect);
  keep_arithmetic(record.arithmetic);
  return tensors;
}

nb::object JitEntry::build_arguments(const CallArguments& arguments, const Tensors& traced) const {
  const FlatTree& tree = arguments.tree();
  std::vector<nb::object> held;
  std::vector<PyObject*> leaves;
  for (size_t i = 0; i < tree.leaves.size(); ++i) {
    int tensor = arguments.tensor_of_leaf()[i];
    held.push_back(tensor < 0 ? tree.leaves[i]
                              : nb::steal(wrap(traced[static_cast<size_t>(tensor)])));
    leaves.push_back(held.back().ptr());
  }
  return key_.build(leaves.data());
}

void JitEntry::keep_arithmetic(const nb::object& arithmetic) {
  state_outputs_.clear();  // from an earlier trace
  compute_ = values_ = {};
  if (arithmetic.is_none()) return;
  compute_ = arithmetic.attr("run");
  values_ = arithmetic.attr("values");
  for (nb::handle each : arithmetic.attr("outputs")) {
    state_outputs_.push_back(
        {each.attr("holder"), each.attr("key"), nb::cast<size_t>(each.attr("number"))});
  }
}

bool JitEntry::compute() const {
  return !compute_.is_valid() || owned(PyObject_CallNoArgs(compute_.ptr())).is(Py_True);
}

nb::object JitEntry::call(compiler::Compiled::Turn& turn, PyObject* const* arguments,
                          size_t count) {
  std::vector<nb::object> containers;
  if (writes_.any()) containers = containers_in(arguments, count);
  std::vector<nb::object> numbers;  // read now: another thread may compute while the program runs
  for (const StateOutput& output : state_outputs_) numbers.emplace_back(values_[output.index]);
  Tensors results = compiled_->call(turn);
  for (size_t i = 0; i < numbers.size(); ++i) {  // before other threads run
    const StateOutput& output = state_outputs_[i];
    check_status(PyDict_SetItem(output.holder.ptr(), output.key.ptr(), numbers[i].ptr()));
  }
  size_t next = 0;
  nb::object result = result_.build(results, next);
  if (writes_.any()) {
    nb::object given = writes_.apply(containers, results, next);
    if (given.is_valid()) result = given;
  }
  return result;
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
  Py_VISIT(compute_.ptr());
  Py_VISIT(values_.ptr());
  for (const StateOutput& output : state_outputs_) {
    Py_VISIT(output.holder.ptr());
    Py_VISIT(output.key.ptr());
  }
  if (int status = result_.traverse(visit, arg)) return status;
  if (int status = writes_.traverse(visit, arg)) return status;
  if (int status = key_.traverse(visit, arg)) return status;
  return guards_.traverse(visit, arg);
}

}  // namespace mycel::python
