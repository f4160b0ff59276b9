// Records the Python state that a trace reads and changes: attributes of modules and optimisers at
// each access, and, at each call of a Python function, the state its code can read (mycel._reads).
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

// Undoes the changes of a trace, together with its guards.
struct Changes {
  struct Written {
    Watched object;
    nb::object name, old;
  };
  void undo(Guards& guards);

  std::vector<Written> written;    // attributes written before they were read
  std::vector<nb::object> calls;   // each restores the earlier state of something
  std::vector<nb::object> values;  // the old ones, to which guards may refer weakly
};

// The state that one trace read, and the changes it left.
struct Record {
  Guards guards;
  Changes changes;
  // A change that the trace left: "closure variable n of f was 0 and is 1, at train.py:12"; "" if
  // there is none. A trace with one serves only one call.
  std::string effect;
  nb::object arithmetic;  // mycel._state.Arithmetic on numbers of an optimiser's state, or None
};

class Recorder {
 public:
  // Warnings already given, so that each is given once: frozen results by line.
  using Said = std::set<std::string>;

  // Starts to record this thread. `roots` holds the function and the objects among its arguments.
  Recorder(nb::list roots, Said& said);
  ~Recorder();
  Recorder(const Recorder&) = delete;

  // The recorder of this thread's open trace, or null; also null during an import.
  static Recorder* current();

  void read_attribute(PyObject* object, PyObject* name, PyObject* value);
  void write_attribute(PyObject* object, PyObject* name);
  // Guards whether dict[key] is 0: an optimiser's numbers are operands, but its code may test this.
  void read_nonzero(PyObject* dict, PyObject* key, bool nonzero);

  // Each guards the current value of a place. `text` names the place or its holder.
  void guard_item(PyObject* dict, PyObject* key, const std::string& text);
  void guard_attribute(PyObject* object, PyObject* name, const std::string& text);
  void guard_items(PyObject* container, const std::string& text);
  // Guards a list, deque or set until the trace ends: the code may add items but reads none.
  void guard_writes(PyObject* container, const std::string& text);
  void guard_index(PyObject* list, Py_ssize_t index, const std::string& text);
  void guard_length(PyObject* container, const std::string& text, bool truth);
  void guard_slot(PyObject* object, PyObject* name, const std::string& text);
  void guard_given(GivenGuard::Of of, PyObject* holder, PyObject* key, const std::string& text);
  // Guards a computation on numbers in dicts; see FactGuard.
  void guard_fact(const nb::list& numbers, const nb::list& constants, const nb::list& calls,
                  PyObject* result, const std::string& text);
  void guard_class(PyObject* type, PyObject* name);
  void guard_array(PyObject* array, const std::string& text);
  // Guards the function's closure, code and defaults.
  void guard_function(PyObject* function);
  void guard_state(PyObject* dict, const nb::list& numbers);
  // Registers a call that undoes a change no guard covers.
  void undo_by(nb::object call) { changes_.calls.push_back(std::move(call)); }
  // Makes the trace serve only one call, as it changes state that no guard sees, such as the
  // position of an iterator.
  void note_effect(const std::string& text);
  // Notes state that is not guarded.
  void note(const std::string& text);
  // Notes that the code at `line` may change this object.
  void note_write(PyObject* holder, const std::string& line);
  // Warns that the trace freezes the function's result at this line.
  void warn_frozen(const std::string& function, const std::string& file, int line);

  // Guards the containers in the function's result, which calls return as they are now.
  void give_result(const nb::object& result) { read("give_result", result); }
  // Whether the trace serves only one call, because it changed state; set when it ends.
  std::shared_ptr<const bool> serves_one_call() const { return serves_one_call_; }

  void enter(PyFrameObject* frame);
  void leave(const PyFrameObject* frame);
  void call_builtin(PyObject* function);

  // Stops recording. Raises CompileError for a traced tensor left in a container, and
  // mycel._state.StateCreatedError, after undoing the trace's changes, if an optimiser's state got
  // other items.
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
  Trace* trace_ = nullptr;                 // the trace suspended for the import
  bool watching_ = true;
  bool finished_ = false;
  bool interpreting_ = false;  // reads by mycel._reads are not the traced function's
  Said& said_;
  nb::object reads_;  // mycel._reads.Reads
  Guards guards_;
  size_t entries_ = 0;
  std::string left_out_;  // the first place without a guard, as there are too many
  Changes changes_;
  std::set<std::pair<PyObject*, std::string>> read_;   // attributes read or written so far
  std::set<std::pair<PyObject*, PyObject*>> globals_;  // by dict and interned name
  std::set<PyObject*> cells_;
  std::set<PyObject*> variables_;  // context variables
  std::string effect_;
  std::shared_ptr<bool> serves_one_call_ = std::make_shared<bool>(false);
  std::unordered_set<PyObject*> codes_;
  std::map<std::pair<PyObject*, DictGuard::Of>, DictGuard*> dicts_;
  std::map<PyObject*, ClassGuard*> classes_;
  std::unordered_set<const Guard*> only_written_;
  std::map<PyObject*, std::string> lines_;  // lines of writes, by holder
  std::map<const Guard*, PyObject*> holders_;
  std::vector<nb::object> held_;  // keeps holders alive while the trace is open
};

// Calls a method of mycel._reads.Reads, whose own attribute reads are not recorded.
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
