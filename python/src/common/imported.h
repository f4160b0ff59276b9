// Caches attributes imported from Python modules.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

// An attribute of a module, looked up once and kept forever: `static constinit Imported f{...}`. A
// static variable initialised by the import itself could deadlock: C++ initialises it under a lock
// of its own, for which other threads wait while holding the GIL, which the import has released and
// needs back.
class Imported {
 public:
  constexpr Imported(const char* module, const char* name) : module_(module), name_(name) {}
  PyObject* get() {
    if (!object_) {
      nanobind::object found = nanobind::module_::import_(module_).attr(name_);
      if (!object_) object_ = found.release().ptr();  // another thread may have been first
    }
    return object_;
  }

 private:
  const char *module_, *name_;
  PyObject* object_ = nullptr;
};

}  // namespace mycel::python
