// A function with its compilations: what mc.jit returns.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "python/src/jit/jit_entry.h"

namespace mycel::python {

class JitFunction {
 public:
  explicit JitFunction(nb::object function);

  // Inside another trace the function is inlined.
  PyObject* call(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names);
  // The IR as traced on these arguments, compiled if it was not.
  std::string lower(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names);
  // What was compiled, why again, what runs, and what is not guarded.
  std::string explain() const;
  // The memory plan of the newest compilation.
  std::string report() const;

  nb::handle function() const { return function_; }
  int64_t compilations() const { return static_cast<int64_t>(reasons_.size()); }
  void clear() { entries_.clear(), newest_ = nullptr; }
  // Shows the garbage collector what this holds.
  int traverse(visitproc visit, void* arg) const;

 private:
  std::shared_ptr<JitEntry> find(const CallArguments& arguments, const Tensors& tensors) const;
  // Null where the call has to run uncompiled, as it makes state of an optimiser.
  std::shared_ptr<JitEntry> find_or_compile(const CallArguments& arguments, const Tensors& tensors);
  std::shared_ptr<JitEntry> compile(const CallArguments& arguments, const Tensors& tensors);
  void drop_gone();
  std::string reason(const CallArguments& arguments) const;
  void warn_of_storm() const;
  void warn_of_effect(const std::string& effect);

  static constexpr size_t kMostEntries = 64;

  nb::object function_;
  std::string name_;
  std::vector<std::shared_ptr<JitEntry>> entries_;  // the newest last
  std::shared_ptr<JitEntry> newest_;                // also one that stood for one call alone
  std::vector<std::string> reasons_;                // of every compilation
  Recorder::Said said_;
  size_t effects_ = 0;                   // compilations that stood for one call
  std::vector<std::string> uncompiled_;  // calls that made state
  std::mutex compiling_;
};

void bind_jit(nb::module_& module);

}  // namespace mycel::python
