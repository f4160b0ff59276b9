// A function with its compilations: the implementation of mc.jit.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mycel/jit/compiled_cache.h"
#include "python/src/jit/jit_entry.h"

namespace mycel::python {

class JitFunction {
 public:
  explicit JitFunction(nb::object function);

  // Inside another trace the function is inlined.
  PyObject* call(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names);
  // Returns the IR traced on these arguments; compiles the function for them if needed.
  std::string lower(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names);
  // Describes the compilations, why each was needed, the kernels, and unguarded state.
  std::string explain() const;
  // Returns the memory plan of the newest compilation.
  std::string report() const;

  nb::handle function() const { return function_; }
  int64_t compilations() const { return static_cast<int64_t>(reasons_.size()); }
  void clear();
  // Reports the references held here to the garbage collector.
  int traverse(visitproc visit, void* arg) const;

 private:
  std::shared_ptr<JitEntry> find(const CallArguments& arguments, const Tensors& tensors) const;
  // Returns null if the call must run uncompiled, because it creates an optimiser's state.
  std::shared_ptr<JitEntry> find_or_compile(const CallArguments& arguments, const Tensors& tensors);
  // Keeps a compilation. What it replaces goes to `removed`, for the caller to free without the
  // lock `compiling_`: that may run user code, which may call this function.
  void keep(const std::shared_ptr<JitEntry>& entry, const std::string& why,
            std::vector<std::shared_ptr<JitEntry>>& removed);
  // Frees the entries whose objects are gone (those of a deleted model), with the tensors they
  // hold.
  void drop_gone();
  std::string reason(const CallArguments& arguments) const;
  void warn_of_storm() const;
  void warn_of_effect(const std::string& effect);

  nb::object function_;
  std::string name_;
  CompiledCache<JitEntry> cache_;
  std::shared_ptr<JitEntry> newest_;  // may serve only one call
  std::vector<std::string> reasons_;  // one per compilation
  Recorder::Said said_;
  size_t effects_ = 0;                   // compilations that serve only one call
  std::vector<std::string> uncompiled_;  // the state that uncompiled calls created
  std::mutex compiling_;
};

void bind_jit(nb::module_& module);

}  // namespace mycel::python
