#include "python/src/jit/recorder.h"

#include <fmt/format.h>

#include "mycel/tensor/context.h"
#include "python/src/common/error.h"
#include "python/src/common/imported.h"
#include "python/src/common/left_behind.h"
#include "python/src/common/user_location.h"
#include "python/src/jit/frozen.h"

namespace mycel::python {
namespace {

using List = std::vector<std::unique_ptr<Guard>>;

thread_local Recorder* recorder = nullptr;

// Returns the names that the code reads or writes as globals, found with `dis` by mycel._signature.
nb::object global_names(PyCodeObject* code) {
  static constinit Imported function{"mycel._signature", "global_names"};
  return owned(PyObject_CallOneArg(function.get(), reinterpret_cast<PyObject*>(code)));
}

int watch_calls(PyObject*, PyFrameObject* frame, int what, PyObject* argument) {
  Recorder* here = recorder;
  if (!here) return 0;
  try {
    if (what == PyTrace_CALL) here->enter(frame);
    if (what == PyTrace_C_CALL) here->call_builtin(argument);
    if (what == PyTrace_RETURN) here->leave(frame);
  } catch (...) {
    set_python_error();
    return -1;
  }
  return 0;
}

// Returns the local variables at the start of a call: a function's arguments and closure, or those
// that the code of `eval` or of a class body sees.
nb::object locals_of(PyFrameObject* frame, bool function, const nb::object& globals) {
  nb::object locals = owned(PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), "f_locals"));
  nb::object copy = owned(PyDict_New());
  if (locals.is(globals)) return copy;
  check_status(PyDict_Update(copy.ptr(), locals.ptr()));
  // The frame keeps this dict, and so references to tensors.
  if (function && PyDict_CheckExact(locals.ptr())) PyDict_Clear(locals.ptr());
  return copy;
}

}  // namespace

Recorder* Recorder::current() { return recorder && !recorder->import_ ? recorder : nullptr; }

Recorder::Recorder(nb::list roots, Said& said) : previous_(recorder), said_(said) {
  static constinit Imported reads{"mycel._reads", "Reads"};
  reads_ = owned(PyObject_CallNoArgs(reads.get()));
  PyThreadState* state = PyThreadState_Get();
  previous_function_ = state->c_profilefunc;
  previous_object_ = nb::borrow(state->c_profileobj);
  recorder = this;
  try {
    read("start", roots);
  } catch (...) {
    recorder = previous_;
    throw;
  }
  PyEval_SetProfile(watch_calls, nullptr);
}

void Recorder::stop() {
  if (!watching_) return;
  watching_ = false;
  recorder = previous_;
  PyEval_SetProfile(previous_function_, previous_object_.ptr());
}

Recorder::~Recorder() {
  if (!finished_) {
    nb::error_scope keep;
    PyEval_SetProfile(previous_function_, previous_object_.ptr());
    if (!nb::steal(PyObject_CallMethod(reads_.ptr(), "abandon", nullptr)).is_valid()) PyErr_Clear();
  }
  stop();
}

Record Recorder::finish() {
  PyEval_SetProfile(previous_function_, previous_object_.ptr());
  Record record;
  try {
    record.arithmetic = read("finish");
  } catch (nb::python_error& error) {
    static constinit Imported created{"mycel._state", "StateCreatedError"};
    if (error.matches(created.get())) changes_.undo(guards_);
    throw;
  }
  record.effect = effect_;
  finished_ = true;
  stop();
  add_written();
  // Drops the objects that the trace itself made, and their guards.
  held_.clear();
  for (List* list : {&guards_.always, &guards_.modules}) {
    std::erase_if(*list, [](const std::unique_ptr<Guard>& guard) { return guard->gone(); });
  }
  for (List* list : {&guards_.always, &guards_.modules}) {
    for (std::unique_ptr<Guard>& guard : *list) {
      if (guard->holds()) continue;
      check_left_behind(*guard);
      if (record.effect.empty()) record.effect = guard->change() + line_of(holders_[guard.get()]);
    }
  }
  // Containers that the trace did not write to may have any items.
  std::erase_if(guards_.always, [&](const std::unique_ptr<Guard>& guard) {
    return only_written_.contains(guard.get()) && guard->holds();
  });
  *serves_one_call_ = !record.effect.empty();
  warn_left_out();
  record.guards = std::move(guards_);
  record.changes = std::move(changes_);
  return record;
}

void Recorder::check_left_behind(Guard& guard) {
  for (const auto& [place, value] : guard.current()) {
    if (!holds_traced(value.ptr())) continue;
    auto holder = holders_.find(&guard);
    changes_.undo(guards_);
    fail(Code::kCompile,
         "[jit] expects state that outlives the traced call, got a traced tensor left in {}{}: "
         "return it, or write its value into a tensor that is there (copy_), such as a buffer of a "
         "module (register_buffer)",
         place, holder == holders_.end() ? "" : line_of(holder->second));
  }
}

std::string Recorder::line_of(PyObject* holder) const {
  auto found = lines_.find(holder);
  return found == lines_.end() ? "" : ", at " + found->second;
}

void Recorder::enter(PyFrameObject* frame) {
  if (import_) return;
  nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  auto* raw = reinterpret_cast<PyCodeObject*>(code.ptr());
  if (is_import_code(raw)) return start_import(frame);
  if (is_library_code(raw)) return;
  nb::object globals =
      nb::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), "f_globals"));
  if (codes_.insert(code.ptr()).second) {
    held_.push_back(code);
    nb::object names = global_names(raw);
    for (nb::handle name : names) add_global(globals.ptr(), name.ptr());
  }
  bool function = raw->co_flags & CO_OPTIMIZED;
  read("enter", code, globals, locals_of(frame, function, globals));
}

// Suspends the trace: objects made at a module's top level are not part of the traced function, and
// outlive it.
void Recorder::start_import(const PyFrameObject* frame) {
  read("start_import");
  import_ = frame;
  trace_ = std::exchange(context().trace, nullptr);
}

void Recorder::leave(const PyFrameObject* frame) {
  if (frame != import_) return;
  import_ = nullptr;
  context().trace = trace_;
  nb::error_scope keep;
  read("end_import");
}

void Recorder::call_builtin(PyObject* function) {
  if (import_) return;
  if (reads_context_variable(function)) {
    nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(PyEval_GetFrame())));
    if (is_library_code(reinterpret_cast<PyCodeObject*>(code.ptr()))) return;
    PyObject* variable = PyCFunction_GET_SELF(function);
    return guard_given(GivenGuard::Of::kContextVariable, variable, Py_None, "a context variable");
  }
  std::string name = frozen_by_trace(function);
  if (name.empty() || called_by_package()) return;
  ir::Location here = user_location();
  warn_frozen(name, std::string(here.file), static_cast<int>(here.line));
}

void Recorder::warn_frozen(const std::string& function, const std::string& file, int line) {
  std::string text = fmt::format(
      "{} is called while the function is traced: every call of the compiled function uses this "
      "one result; mc.rand and the like draw anew in each call, another value is better an "
      "argument",
      function);
  note(fmt::format("{} at {}:{}, a result that every call uses", function, file, line));
  if (!said_.insert(fmt::format("{} {}:{}", function, file, line)).second) return;
  check_status(
      PyErr_WarnExplicit(PyExc_RuntimeWarning, text.c_str(), file.c_str(), line, nullptr, nullptr));
}

}  // namespace mycel::python
