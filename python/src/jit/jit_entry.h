// One compilation of a function: its key, its guards and its compiled program.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "mycel/jit/compiled.h"
#include "python/src/jit/argument_writes.h"
#include "python/src/jit/guards.h"
#include "python/src/jit/jit_key.h"
#include "python/src/jit/recorder.h"

namespace mycel::python {

class JitEntry {
 public:
  // Traces the function on these arguments and compiles it. The function's exceptions propagate.
  static std::shared_ptr<JitEntry> make(const std::string& name, nb::handle function,
                                        const CallArguments& arguments, const Tensors& tensors,
                                        Recorder::Said& said);

  // Whether the arguments, and everything the trace read, are unchanged. Checks the tensors last,
  // because the other checks may run Python code, and so other threads.
  bool fits(const CallArguments& arguments, const Tensors& tensors) {
    return key_.matches(arguments) && guards_.hold() && compute() && compiled_->fits(tensors);
  }
  // Checks again, after waiting for other threads, whether it fits the call that it was just found
  // or made for. State that the trace itself changed need not match.
  bool still_fits(const CallArguments& arguments, const Tensors& tensors) {
    return effect_.empty() ? fits(arguments, tensors)
                           : key_.matches(arguments) && compiled_->fits(tensors);
  }
  bool fits_arguments(const CallArguments& arguments) const { return key_.matches(arguments); }
  // Runs the program, applies the function's writes to its arguments, and builds the result.
  nb::object call(compiler::Compiled::Turn& turn, PyObject* const* arguments, size_t count);

  // Whether an object that it depends on is gone: it never fits again.
  bool gone() const { return key_.gone() || guards_.gone(); }
  // Describes why a call that it does not fit needs another compilation.
  std::string difference(const std::vector<std::string>& arguments, const CallArguments& call);
  // The traced arguments, one line each.
  const std::vector<std::string>& arguments() const { return argument_texts_; }
  const compiler::Compiled& compiled() const { return *compiled_; }
  const Guards& guards() const { return guards_; }
  // Describes the function's change of Python state; the entry then serves only the call it was
  // made for. Empty if there is none.
  const std::string& effect() const { return effect_; }
  // Reports the references held here to the garbage collector.
  int traverse(visitproc visit, void* arg) const;

 private:
  explicit JitEntry(const CallArguments& arguments) : key_(arguments) {}
  Tensors trace(nb::handle function, const CallArguments& arguments, const Tensors& traced,
                Recorder::Said& said);
  void keep_arithmetic(const nb::object& arithmetic);
  bool compute() const;
  // Builds the arguments of the trace as one tuple.
  nb::object build_arguments(const CallArguments& arguments, const Tensors& traced) const;

  CallKey key_;
  Guards guards_;
  Changes changes_;  // only used by make()
  std::string effect_;
  std::shared_ptr<compiler::Compiled> compiled_;
  BuiltValue result_;
  ArgumentWrites writes_;
  // compute_ computes the numbers of an optimiser's state into values_, and returns whether the
  // trace holds for them.
  nb::object compute_, values_;
  // A number that a call writes to an optimiser's state.
  struct StateOutput {
    nb::object holder, key;
    size_t index;  // in values_
  };
  std::vector<StateOutput> state_outputs_;
  std::vector<std::string> argument_texts_;
};

}  // namespace mycel::python
