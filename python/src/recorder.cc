#include "python/src/recorder.h"

#include <fmt/format.h>

#include "mycel/tensor/context.h"
#include "python/src/error.h"
#include "python/src/frozen.h"
#include "python/src/guard_items.h"
#include "python/src/imported.h"
#include "python/src/location.h"
#include "python/src/state_number.h"
#include "python/src/tensor_object.h"

namespace mycel::python {
namespace {

using List = std::vector<std::unique_ptr<Guard>>;

constexpr size_t kMostEntries = 4096;

thread_local Recorder* recorder = nullptr;

// The names that the code reads as globals: (mycel._signature does it with `dis`).
nb::object global_names(PyCodeObject* code) {
  static constinit Imported function{"mycel._signature", "global_names"};
  return owned(PyObject_CallOneArg(function.get(), reinterpret_cast<PyObject*>(code)));
}

int watch_calls(PyObject*, PyFrameObject* frame, int what, PyObject* argument) {
  Recorder* here = recorder;
  if (!here || (what != PyTrace_CALL && what != PyTrace_C_CALL)) return 0;
  try {
    what == PyTrace_CALL ? here->enter(frame) : here->call_builtin(argument);
  } catch (...) {
    set_python_error();
    return -1;
  }
  return 0;
}

std::string attribute_text(PyObject* object, PyObject* name) {
  return "attribute " + check_text(name) + " of " + Py_TYPE(object)->tp_name;
}

std::string user_line() {
  ir::Location here = user_location();
  return fmt::format("{}:{}", here.file, here.line);
}

// The local variables as a function's call starts: its arguments and the closure's.
nb::object locals_of(PyFrameObject* frame) {
  nb::object locals = owned(PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), "f_locals"));
  nb::object copy = owned(PyDict_New());
  check_status(PyDict_Update(copy.ptr(), locals.ptr()));
  // The frame keeps this dict, and with it references to tensors.
  if (PyDict_CheckExact(locals.ptr())) PyDict_Clear(locals.ptr());
  return copy;
}

// A tensor of an open trace in a value or in containers in it.
bool holds_traced(PyObject* value, int depth = 0) {
  if (!value || depth > 8) return false;
  if (is_tensor(value)) return as_tensor(value)->tensor.is_traced();
  if (is_state_number(value)) return true;
  nb::object items;
  if (PyDict_Check(value)) {
    items = nb::steal(PyDict_Values(value));
  } else if (PyList_Check(value) || PyTuple_Check(value)) {
    items = nb::borrow(value);
  } else {
    return false;
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
    if (holds_traced(PySequence_Fast_GET_ITEM(items.ptr(), i), depth + 1)) return true;
  }
  return false;
}

}  // namespace

Recorder* Recorder::current() { return recorder; }

Recorder::Recorder(nb::list roots, Said& said) : previous_(recorder), said_(said) {
  static constinit Imported reads{"mycel._reads", "Reads"};
  reads_ = owned(PyObject_CallNoArgs(reads.get()));
  PyThreadState* state = PyThreadState_Get();
  previous_function_ = state->c_profilefunc;
  previous_object_ = nb::borrow(state->c_profileobj);
  guards_.validated_epoch = attribute_epoch;
  recorder = this;
  try {
    read("start", roots);
  } catch (...) {
    recorder = previous_;
    throw;
  }
  PyEval_SetProfile(watch_calls, nullptr);
}

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
    record.numbers = nb::cast<nb::list>(read("finish"));
  } catch (nb::python_error& error) {
    static constinit Imported created{"mycel._state", "StateCreatedError"};
    if (error.matches(created.get())) guards_.restore();
    throw;
  }
  finished_ = true;
  stop();
  add_written();
  for (List* list : {&guards_.always, &guards_.modules}) {
    for (std::unique_ptr<Guard>& guard : *list) {
      if (guard->holds()) continue;
      check_left_behind(*guard);
      if (record.effect.empty()) record.effect = guard->change() + line_of(holders_[guard.get()]);
    }
  }
  held_.clear();
  for (List* list : {&guards_.always, &guards_.modules}) {
    std::erase_if(*list, [](const std::unique_ptr<Guard>& guard) { return guard->gone(); });
  }
  guards_.validated_epoch = attribute_epoch;
  record.guards = std::move(guards_);
  return record;
}

// Attributes that were written before they were read: a later call may do without the write if they
// are as it left them.
void Recorder::add_written() {
  for (auto& [object, name] : written_) {
    nb::object dict = nb::steal(PyObject_GenericGetDict(object.ptr(), nullptr));
    if (!dict.is_valid()) PyErr_Clear();
    PyObject* now = dict.is_valid() ? PyDict_GetItem(dict.ptr(), name.ptr()) : nullptr;
    std::string text = attribute_text(object.ptr(), name.ptr());
    if (holds_traced(now)) {
      check_status(PyDict_DelItem(dict.ptr(), name.ptr()));
      fail(Code::kCompile,
           "[jit] expects state that outlives the traced call, got a traced tensor in {}{}: write "
           "its value into a buffer of the module (register_buffer, copy_), or return it",
           text, line_of(object.ptr()));
    }
    add_attribute(object.ptr(), name.ptr(), now, text);
  }
}

void Recorder::check_left_behind(Guard& guard) {
  for (const nb::object& value : guard.current()) {
    if (!holds_traced(value.ptr())) continue;
    auto holder = holders_.find(&guard);
    guards_.restore();
    fail(Code::kCompile,
         "[jit] expects state that outlives the traced call, got a traced tensor left in {}{}: "
         "return it, or write its value into a tensor that is there (copy_), such as a buffer of a "
         "module (register_buffer)",
         guard.places()[0], holder == holders_.end() ? "" : line_of(holder->second));
  }
}

std::string Recorder::line_of(PyObject* holder) const {
  auto found = lines_.find(holder);
  return found == lines_.end() ? "" : ", at " + found->second;
}

void Recorder::enter(PyFrameObject* frame) {
  nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  auto* raw = reinterpret_cast<PyCodeObject*>(code.ptr());
  if (is_library_code(raw)) return;
  nb::object globals =
      nb::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), "f_globals"));
  if (codes_.insert(code.ptr()).second) {
    held_.push_back(code);
    nb::object names = global_names(raw);
    for (nb::handle name : names) add_global(globals.ptr(), name.ptr());
  }
  if (!(raw->co_flags & CO_OPTIMIZED)) return;  // a class's body, whose locals are its attributes
  read("enter", code, globals, locals_of(frame));
}

void Recorder::call_builtin(PyObject* function) {
  if (reads_context_variable(function)) {
    nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(PyEval_GetFrame())));
    if (!is_library_code(reinterpret_cast<PyCodeObject*>(code.ptr()))) {
      note("the values of context variables");
    }
    return;
  }
  std::string name = frozen_by_trace(function);
  if (name.empty() || called_by_package()) return;
  ir::Location here = user_location();
  warn_frozen(name, std::string(here.file), static_cast<int>(here.line));
}

void Recorder::warn_frozen(const std::string& function, const std::string& file, int line) {
  std::string text = fmt::format(
      "{} is called while the function is traced: every call of the compiled function uses this "
      "one "
      "result; mc.rand and the like draw anew in each call, another value is better an argument",
      function);
  note(fmt::format("{} at {}:{}, a result that every call uses", function, file, line));
  if (!said_.insert(fmt::format("{} {}:{}", function, file, line)).second) return;
  check_status(
      PyErr_WarnExplicit(PyExc_RuntimeWarning, text.c_str(), file.c_str(), line, nullptr, nullptr));
}

void Recorder::guard_function(PyObject* function) {
  auto* code = reinterpret_cast<PyCodeObject*>(PyFunction_GetCode(function));
  std::string name = check_text(code->co_name);
  if (PyObject* cells = PyFunction_GetClosure(function)) {
    nb::object free =
        nb::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(code), "co_freevars"));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(cells); ++i) {
      PyObject* cell = PyTuple_GET_ITEM(cells, i);
      PyObject* value = PyCell_GET(cell);
      // Cells that the trace itself made hold its tensors; they are gone with it.
      if (value && is_tensor(value) && as_tensor(value)->tensor.is_traced()) continue;
      guard_slot(cell, Py_None,
                 "closure variable " + check_text(PyTuple_GET_ITEM(free.ptr(), i)) + " of " + name);
    }
  }
  if (has_room(1, name)) add<DefaultsGuard>(function, "the defaults of " + name);
  if (PyObject* keywords = PyFunction_GetKwDefaults(function)) {
    guard_items(keywords, "the defaults of " + name);
  }
}

void Recorder::add_global(PyObject* globals, PyObject* name) {
  if (!globals_.insert({globals, name}).second) return;
  guard_item(globals, name, "global " + check_text(name));
}

// --- guards ------------------------------------------------------------------------------------

bool Recorder::has_room(size_t entries, const std::string& text) {
  if (entries_ + entries > kMostEntries) {
    note(fmt::format("{}, as more than {} places are guarded", text, kMostEntries));
    return false;
  }
  entries_ += entries;
  return true;
}

template <class Kind, class... Args>
Kind& Recorder::add(Args&&... args) {
  auto guard = std::make_unique<Kind>(std::forward<Args>(args)...);
  Kind& added = *guard;
  guards_.always.push_back(std::move(guard));
  PyObject* holder = std::get<0>(std::forward_as_tuple(args...));
  holders_[&added] = holder;
  held_.push_back(nb::borrow(holder));
  return added;
}

DictGuard& Recorder::dict_guard(DictGuard::Of of, PyObject* holder, const std::string& text) {
  DictGuard*& known = dicts_[{holder, of}];
  if (!known) known = &add<DictGuard>(holder, of, text);
  return *known;
}

void Recorder::guard_item(PyObject* dict, PyObject* key, const std::string& text) {
  if (!has_room(1, text)) return;
  PyObject* value = PyDict_GetItem(dict, key);
  held_.push_back(nb::borrow(value));
  dict_guard(DictGuard::Of::kDict, dict, text).add(key, value, text);
}

void Recorder::guard_attribute(PyObject* object, PyObject* name, const std::string& text) {
  if (!has_room(1, text)) return;
  nb::object dict = nb::steal(PyObject_GenericGetDict(object, nullptr));
  if (!dict.is_valid()) return PyErr_Clear();
  PyObject* value = PyDict_GetItem(dict.ptr(), name);
  held_.push_back(nb::borrow(value));
  dict_guard(DictGuard::Of::kAttributes, object, text).add(name, value, text);
}

void Recorder::guard_items(PyObject* container, const std::string& text) {
  Py_ssize_t size = PyObject_Size(container);
  if (size < 0) return PyErr_Clear();
  if (!has_room(static_cast<size_t>(size) + 1, fmt::format("the {} items of {}", size, text))) {
    return;
  }
  held_.push_back(
      nb::steal(PyDict_Check(container) ? PyDict_Copy(container) : PySequence_List(container)));
  if (PyDict_Check(container)) {
    dict_guard(DictGuard::Of::kDict, container, text).add_all();
  } else if (PyAnySet_Check(container)) {
    add<SetGuard>(container, text);
  } else {
    add<ItemsGuard>(container, text);
  }
}

void Recorder::guard_index(PyObject* list, Py_ssize_t index, const std::string& text) {
  if (has_room(1, text)) add<IndexGuard>(list, index, text);
}

void Recorder::guard_length(PyObject* container, const std::string& text, bool truth) {
  if (has_room(1, text)) add<LengthGuard>(container, text, truth);
}

void Recorder::guard_slot(PyObject* object, PyObject* name, const std::string& text) {
  if (has_room(1, text)) add<SlotGuard>(object, name, text);
}

void Recorder::guard_class(PyObject* type, PyObject* name) {
  if (!has_room(1, attribute_text(type, name))) return;
  ClassGuard*& known = classes_[type];
  if (!known) known = &add<ClassGuard>(type);
  known->add(name);
}

void Recorder::guard_array(PyObject* array, const std::string& text) {
  if (has_room(1, text)) add<ArrayGuard>(array, text);
}

void Recorder::guard_state(PyObject* dict, const nb::list& numbers) {
  if (has_room(static_cast<size_t>(PyDict_GET_SIZE(dict)), "an optimiser's state")) {
    add<StateGuard>(dict, numbers);
  }
}

void Recorder::note(const std::string& text) { guards_.notes.push_back(text); }

void Recorder::note_write(PyObject* holder, const std::string& line) {
  lines_.try_emplace(holder, line);
}

// --- modules and optimisers ----------------------------------------------------------------------

DictGuard& Recorder::module_guard(PyObject* object, const std::string& text) {
  DictGuard*& known = dicts_[{object, DictGuard::Of::kAttributes}];
  if (!known) {
    auto guard = std::make_unique<DictGuard>(object, DictGuard::Of::kAttributes, text);
    known = guard.get();
    holders_[known] = object;
    held_.push_back(nb::borrow(object));
    guards_.modules.push_back(std::move(guard));
  }
  return *known;
}

void Recorder::add_attribute(PyObject* object, PyObject* name, PyObject* value,
                             const std::string& text) {
  if (!has_room(1, text)) return;
  held_.push_back(nb::borrow(value));
  module_guard(object, text).add(name, value, text);
}

void Recorder::read_attribute(PyObject* object, PyObject* name, PyObject* value) {
  if (interpreting_ || !read_.emplace(object, check_text(name)).second) return;
  std::string text = attribute_text(object, name);
  nb::object dict = nb::steal(PyObject_GenericGetDict(object, nullptr));
  if (!dict.is_valid()) PyErr_Clear();
  if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0) {
    module_guard(object, text).add_all();
    return;
  }
  PyObject* own = dict.is_valid() ? PyDict_GetItem(dict.ptr(), name) : nullptr;
  // Of the class's attribute: as long as the object has none of its own.
  add_attribute(object, name, own, text);
  if (!own) guard_class(reinterpret_cast<PyObject*>(Py_TYPE(object)), name);
  if (is_optimizer_state(value)) {
    read("open_state", nb::handle(value));
    return;
  }
  // The package's own code is not followed: it may read all of a container, or call a function.
  bool container = PyDict_Check(value) || PyList_Check(value) || PyAnySet_Check(value);
  if (!container && !PyFunction_Check(value)) return;
  if (!called_by_package()) return;
  if (container) return guard_items(value, text);
  nb::list roots;
  roots.append(nb::handle(value));
  read("start", roots);
}

void Recorder::write_attribute(PyObject* object, PyObject* name) {
  if (read_.emplace(object, check_text(name)).second) {
    written_.emplace_back(nb::borrow(object), nb::borrow(name));
  }
  note_write(object, user_line());
}

void Recorder::read_nonzero(PyObject* dict, PyObject* key, bool nonzero) {
  add<NonzeroGuard>(dict, key, nonzero);
}

}  // namespace mycel::python
