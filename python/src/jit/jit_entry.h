// One compilation of a function: for which calls it stands, what it guards, what it runs.
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
  // Traces the function on these arguments and compiles what it did. Exceptions of the function
  // pass.
  static std::shared_ptr<JitEntry> make(const std::string& name, nb::handle function,
                                        const CallArguments& arguments, const Tensors& tensors,
                                        Recorder::Said& said);

  // Whether the arguments, and everything the trace read, are as they were. The tensors come last:
  // what goes before may run Python code, and so other threads.
  bool fits(const CallArguments& arguments, const Tensors& tensors) {
    return key_.matches(arguments) && guards_.hold() && compute() && compiled_->fits(tensors);
  }
  // Likewise of the call that it was just found or made for, after a wait for other threads: what
  // the trace itself changed of Python's state need not be as it was.
  bool still_fits(const CallArguments& arguments, const Tensors& tensors) {
    return effect_.empty() ? fits(arguments, tensors)
                           : key_.matches(arguments) && compiled_->fits(tensors);
  }
  bool fits_arguments(const CallArguments& arguments) const { return key_.matches(arguments); }
  // Runs it, writes what the function writes to its arguments, and builds the result.
  nb::object call(compiler::Compiled::Turn& turn, PyObject* const* arguments, size_t count);

  // Whether an object that it depends on is gone: it never fits again.
  bool gone() const { return key_.gone() || guards_.gone(); }
  // Why a call that it does not fit needs another compilation.
  std::string difference(const std::vector<std::string>& arguments, const CallArguments& call);
  // The arguments, one line each, as traced.
  const std::vector<std::string>& arguments() const { return argument_texts_; }
  const compiler::Compiled& compiled() const { return *compiled_; }
  const Guards& guards() const { return guards_; }
  // What the function changed of Python's state, in words: it stands for this one call then.
  const std::string& effect() const { return effect_; }
  // Shows the garbage collector what this holds.
  int traverse(visitproc visit, void* arg) const;

 private:
  explicit JitEntry(const CallArguments& arguments) : key_(arguments) {}
  Tensors trace(nb::handle function, const CallArguments& arguments, const Tensors& traced,
                Recorder::Said& said);
  void keep_arithmetic(const nb::object& arithmetic);
  bool compute() const;
  // The arguments of the trace, as one tuple.
  nb::object build_arguments(const CallArguments& arguments, const Tensors& traced) const;

  CallKey key_;
  Guards guards_;
  Changes changes_;  // while it is made
  std::string effect_;
  std::shared_ptr<compiler::Compiled> compiled_;
  BuiltValue result_;
  ArgumentWrites writes_;
  // Computes with numbers of an optimiser's state; whether the trace stands for them. Its values.
  nb::object compute_, values_;
  // The numbers that a call writes.
  struct StateOutput {
    nb::object holder, key;
    size_t index;  // among the values
  };
  std::vector<StateOutput> state_outputs_;
  std::vector<std::string> argument_texts_;
};

}  // namespace mycel::python
