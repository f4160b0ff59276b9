// One compilation of a function: for which calls it stands, what it guards, what it runs.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "mycel/compiler/compiled.h"
#include "python/src/guards.h"
#include "python/src/jit_key.h"

namespace mycel::python {

class JitEntry {
 public:
  // Traces the function on these arguments and compiles what it did. Exceptions of the function
  // pass.
  static std::shared_ptr<JitEntry> make(const std::string& name, nb::handle function,
                                        const CallArguments& arguments, const Tensors& tensors);

  // Whether the arguments, and everything the trace read, are as they were.
  bool fits(const CallArguments& arguments, const Tensors& tensors) {
    return key_.matches(arguments) && compiled_->fits(tensors) && guards_.hold();
  }
  bool fits_arguments(const CallArguments& arguments) const { return key_.matches(arguments); }
  // Runs it and builds the result.
  nb::object call(const Tensors& tensors);

  // Why a call that it does not fit needs another compilation.
  std::string difference(const std::vector<std::string>& arguments, const CallArguments& call);
  // The arguments, one line each, as traced.
  const std::vector<std::string>& arguments() const { return argument_texts_; }
  const compiler::Compiled& compiled() const { return *compiled_; }
  const Guards& guards() const { return guards_; }
  // Shows the garbage collector what this holds.
  int traverse(visitproc visit, void* arg) const;

 private:
  explicit JitEntry(const CallArguments& arguments) : key_(arguments) {}
  Tensors trace(nb::handle function, const CallArguments& arguments, const Tensors& traced);
  void keep_result(nb::handle result, Tensors& tensors);
  nb::object run_python(nb::handle function, const CallArguments& arguments,
                        const Tensors& traced) const;

  CallKey key_;
  Guards guards_;
  std::shared_ptr<compiler::Compiled> compiled_;
  Structure result_;
  std::vector<nb::object> result_leaves_;  // null where a tensor comes
  std::vector<std::string> argument_texts_;
};

}  // namespace mycel::python
