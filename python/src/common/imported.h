// What the bindings take from Python modules.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

// An attribute of a module, looked up once and kept for ever: `static constinit Imported f{...}`.
// C++ would initialise a static object from an import under a lock of its own, for which other
// threads would wait with Python's lock in hand, while the import gave that up and wants it back.
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
