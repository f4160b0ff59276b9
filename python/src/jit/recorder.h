// Watches what a trace reads and changes of Python's state: attributes of modules and optimisers as
// they are read, and, at each call of a Python function, what its code can read (mycel._reads).
#pragma once

#include <nanobind/nanobind.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mycel/tensor/context.h"
#include "python/src/jit/guard_dict.h"
#include "python/src/jit/guard_places.h"
#include "python/src/jit/guards.h"

namespace mycel::python {

// What takes back the changes of a trace, beside its guards.
struct Changes {
  struct Written {
    Watched object;
    nb::object name, old;
  };
  void undo(Guards& guards);

  std::vector<Written> written;    // attributes, before they were read
  std::vector<nb::object> calls;   // each gives something the state that it had before
  std::vector<nb::object> values;  // the old ones, which guards may know weakly
};

// What one trace read, and what it left changed.
struct Record {
  Guards guards;
  Changes changes;
  // "closure variable n of f was 0 and is 1, at train.py:12"; "" if all is as it was. Such a trace
  // stands for one call alone.
  std::string effect;
  nb::object arithmetic;  // mycel._state.Arithmetic on numbers of an optimiser's state, or None
};

class Recorder {
 public:
  // Calls of functions whose results a trace freezes, by line: said once.
  using Said = std::set<std::string>;

  // Watches this thread from here on; `roots` is the function and the objects among its arguments.
  Recorder(nb::list roots, Said& said);
  ~Recorder();
  Recorder(const Recorder&) = delete;

  // The recorder of the trace that is open on this thread, or null; null in an import, too.
  static Recorder* current();

  void read_attribute(PyObject* object, PyObject* name, PyObject* value);
  void write_attribute(PyObject* object, PyObject* name);
  // Whether dict[key] is 0; numbers of optimisers are operands, but their code may ask this.
  void read_nonzero(PyObject* dict, PyObject* key, bool nonzero);

  // Each guards a place as it is now. The texts name the holder.
  void guard_item(PyObject* dict, PyObject* key, const std::string& text);
  void guard_attribute(PyObject* object, PyObject* name, const std::string& text);
  void guard_items(PyObject* container, const std::string& text);
  // Of a list, deque or set that the code may put something into, but does not read.
  void guard_writes(PyObject* container, const std::string& text);
  void guard_index(PyObject* list, Py_ssize_t index, const std::string& text);
  void guard_length(PyObject* container, const std::string& text, bool truth);
  void guard_slot(PyObject* object, PyObject* name, const std::string& text);
  void guard_given(GivenGuard::Of of, PyObject* holder, PyObject* key, const std::string& text);
  // What code asked of numbers in dicts: see FactGuard.
  void guard_fact(const nb::list& numbers, const nb::list& constants, const nb::list& calls,
                  PyObject* result, const std::string& text);
  void guard_class(PyObject* type, PyObject* name);
  void guard_array(PyObject* array, const std::string& text);
  // Its closure and defaults.
  void guard_function(PyObject* function);
  void guard_state(PyObject* dict, const nb::list& numbers);
  // A call that takes back a change which no guard knows.
  void undo_by(nb::object call) { changes_.calls.push_back(std::move(call)); }
  // The trace serves one call, as it changes what no guard sees: the position of an iterator.
  void note_effect(const std::string& text);
  // Tells of what is not guarded.
  void note(const std::string& text);
  // The code at a line may change this object.
  void note_write(PyObject* holder, const std::string& line);
  // The function's result is frozen at this line.
  void warn_frozen(const std::string& function, const std::string& file, int line);

  // The function returns these containers, as they are.
  void give_result(const nb::object& result) { read("give_result", result); }
  // Whether the trace serves one call alone, as it changed state: known at its end.
  std::shared_ptr<const bool> serves_one_call() const { return serves_one_call_; }

  void enter(PyFrameObject* frame);
  void leave(const PyFrameObject* frame);
  void call_builtin(PyObject* function);

  // Ends the watch. Raises CompileError for a traced tensor that is left in a container, and
  // mycel._state.StateCreatedError, with all as it was before the trace, where an optimiser's state
  // got other items.
  Record finish();

 private:
  void stop();
  void start_import(const PyFrameObject* frame);
  template <class... Args>
  nb::object read(const char* method, Args&&... args);
  void add_global(PyObject* globals, PyObject* name);
  void add_written();
  void add_attribute(PyObject* object, PyObject* name, PyObject* value, const std::string& text);
  bool has_room(size_t entries, const std::string& text);
  void warn_left_out();
  DictGuard& module_guard(PyObject* object, const std::string& text);
  DictGuard& dict_guard(DictGuard::Of of, PyObject* holder, const std::string& text);
  template <class Kind, class... Args>
  Kind& add(std::vector<std::unique_ptr<Guard>>& list, PyObject* holder, Args&&... args);
  void hold_items(PyObject* container);
  std::string line_of(PyObject* holder) const;
  void check_left_behind(Guard& guard);

  Recorder* previous_;
  Py_tracefunc previous_function_;
  nb::object previous_object_;
  const PyFrameObject* import_ = nullptr;  // the frame of an import, which runs outside the trace
  Trace* trace_ = nullptr;                 // the one that is left for it
  bool watching_ = true;
  bool finished_ = false;
  bool interpreting_ = false;  // what mycel._reads reads is not the traced function's
  Said& said_;
  nb::object reads_;  // mycel._reads.Reads
  Guards guards_;
  size_t entries_ = 0;
  std::string left_out_;  // the first place that has no guard, as there are too many
  Changes changes_;
  std::set<std::pair<PyObject*, std::string>> read_;   // attributes, and writes before them
  std::set<std::pair<PyObject*, PyObject*>> globals_;  // of a dict, by interned name
  std::set<PyObject*> cells_;
  std::set<PyObject*> variables_;  // of contexts
  std::string effect_;
  std::shared_ptr<bool> serves_one_call_ = std::make_shared<bool>(false);
  std::unordered_set<PyObject*> codes_;
  std::map<std::pair<PyObject*, DictGuard::Of>, DictGuard*> dicts_;
  std::map<PyObject*, ClassGuard*> classes_;
  std::unordered_set<const Guard*> only_written_;
  std::map<PyObject*, std::string> lines_;  // of writes, by holder
  std::map<const Guard*, PyObject*> holders_;
  std::vector<nb::object> held_;  // holders, while the trace is open
};

// Lets mycel._reads follow the program.
template <class... Args>
nb::object Recorder::read(const char* method, Args&&... args) {
  interpreting_ = true;
  struct Restore {
    bool& flag;
    ~Restore() { flag = false; }
  } restore{interpreting_};
  return reads_.attr(method)(std::forward<Args>(args)...);
}

void bind_recorder(nb::module_& module);

}  // namespace mycel::python
