// Watches what a trace reads of Python's state: attributes of modules and optimisers, and the
// globals, closure cells and defaults that the code of each traced function names.
#pragma once

#include <nanobind/nanobind.h>

#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "python/src/guards.h"

namespace mycel::python {

class Recorder {
 public:
  // Watches this thread from here on; `function` is what is traced.
  explicit Recorder(nb::handle function);
  ~Recorder();
  Recorder(const Recorder&) = delete;

  // The recorder of the trace that is open on this thread, or null.
  static Recorder* current();

  void read_attribute(PyObject* object, PyObject* name, PyObject* value);
  void write_attribute(PyObject* object, PyObject* name);
  // Whether dict[key] is 0; numbers of optimisers are operands, but their code may ask this.
  void read_nonzero(PyObject* dict, PyObject* key, bool nonzero);
  void read_container(PyObject* value, const std::string& name);
  void enter(PyFrameObject* frame);

  // Ends the watch.
  Guards finish();

 private:
  void stop();
  void add_function(PyObject* function);
  void add_code(PyCodeObject* code, PyObject* globals);
  void add_global(PyObject* globals, PyObject* name);
  void add_place(Guard::Kind kind, PyObject* holder, PyObject* key, PyObject* value,
                 const std::string& name);
  void add_container(PyObject* value, const std::string& name);
  void add_type(PyObject* object, PyObject* name);
  void add_closures();

  Recorder* previous_;
  Py_tracefunc previous_function_;
  nb::object previous_object_;
  PyObject* root_code_ = nullptr;
  bool watching_ = true;
  Guards guards_;
  std::set<std::pair<PyObject*, std::string>> reads_;  // of attributes, and writes before them
  std::set<std::pair<PyObject*, PyObject*>> globals_;  // of a dict, by interned name
  std::unordered_set<PyObject*> codes_, functions_, containers_;
  std::map<PyTypeObject*, TypeGuard> types_;
  std::vector<nb::object> held_;
};

void bind_recorder(nb::module_& module);

}  // namespace mycel::python
