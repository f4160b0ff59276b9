// Caches attributes imported from Python modules.
#pragma once

#include <nanobind/nanobind.h>

namespace mycel::python {

// An attribute of a module, looked up once and kept forever: `static constinit Imported f{...}`. Do
// not run the import in a static initialiser; it could deadlock. C++ holds a lock during the
// initialisation. The import releases the GIL; another thread takes the GIL and waits for that
// lock; the import then waits for the GIL.
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
