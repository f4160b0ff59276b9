// The functions of Recorder that add guards.
#include <fmt/format.h>

#include "python/src/common/error.h"
#include "python/src/common/left_behind.h"
#include "python/src/common/user_location.h"
#include "python/src/jit/guard_fact.h"
#include "python/src/jit/guard_items.h"
#include "python/src/jit/recorder.h"
#include "python/src/tensor/state_number.h"

namespace mycel::python {
namespace {

constexpr size_t kMostEntries = 65536;

// Returns the length, or -1 if a class's own code fails. Runs no user code for a list or a dict.
Py_ssize_t length_of(PyObject* container) {
  if (PyList_Check(container)) return PyList_GET_SIZE(container);
  return PyDict_Check(container) ? PyDict_GET_SIZE(container) : PyObject_Size(container);
}

using List = std::vector<std::unique_ptr<Guard>>;

std::string attribute_text(PyObject* object, PyObject* name) {
  return "attribute " + check_text(name) + " of " + Py_TYPE(object)->tp_name;
}

std::string user_line() {
  ir::Location here = user_location();
  return fmt::format("{}:{}", here.file, here.line);
}

// Whether a class keeps an attribute in a slot.
bool is_slot(PyTypeObject* type, PyObject* name) {
  PyObject* found = _PyType_Lookup(type, name);
  return found && Py_IS_TYPE(found, &PyMemberDescr_Type);
}

}  // namespace

void Changes::undo(Guards& guards) {
  guards.restore();
  for (const auto& [object, name, old] : written) {
    nb::object holder = object.get();
    if (!holder.is_valid()) continue;
    nb::object dict = or_nothing(PyObject_GenericGetDict(holder.ptr(), nullptr));
    if (!dict.is_valid()) continue;
    ignore_failure(old.is_valid() ? PyDict_SetItem(dict.ptr(), name.ptr(), old.ptr())
                                  : PyDict_DelItem(dict.ptr(), name.ptr()));
  }
  for (const nb::object& call : calls) or_nothing(PyObject_CallNoArgs(call.ptr()));
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
      // Skips cells that hold traced tensors: the trace made them, and they are gone after it.
      if ((value && is_made_by_trace(value)) || !cells_.insert(cell).second) continue;
      std::string text =
          "closure variable " + check_text(PyTuple_GET_ITEM(free.ptr(), i)) + " of " + name;
      changes_.values.push_back(nb::borrow(value));
      if (has_room(1, text)) add<CellGuard>(guards_.always, cell, text);
    }
  }
  if (has_room(1, name)) add<FunctionGuard>(guards_.always, function);
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
    if (left_out_.empty()) left_out_ = text;
    return false;
  }
  entries_ += entries;
  return true;
}

template <class Kind, class... Args>
Kind& Recorder::add(List& list, PyObject* holder, Args&&... args) {
  auto guard = std::make_unique<Kind>(holder, std::forward<Args>(args)...);
  Kind& added = *guard;
  list.push_back(std::move(guard));
  holders_[&added] = holder;
  held_.push_back(nb::borrow(holder));
  return added;
}

DictGuard& Recorder::dict_guard(DictGuard::Of of, PyObject* holder, const std::string& text) {
  DictGuard*& known = dicts_[{holder, of}];
  if (!known) known = &add<DictGuard>(guards_.always, holder, of, text);
  return *known;
}

void Recorder::guard_item(PyObject* dict, PyObject* key, const std::string& text) {
  if (!has_room(1, text)) return;
  PyObject* value = PyDict_GetItem(dict, key);
  changes_.values.push_back(nb::borrow(value));
  dict_guard(DictGuard::Of::kDict, dict, text).add(key, value, text);
}

void Recorder::guard_attribute(PyObject* object, PyObject* name, const std::string& text) {
  if (!has_room(1, text)) return;
  nb::object dict = nb::steal(PyObject_GenericGetDict(object, nullptr));
  if (!dict.is_valid()) return PyErr_Clear();
  PyObject* value = PyDict_GetItem(dict.ptr(), name);
  changes_.values.push_back(nb::borrow(value));
  dict_guard(DictGuard::Of::kAttributes, object, text).add(name, value, text);
}

// Keeps the items alive, as their container may lose them.
void Recorder::hold_items(PyObject* container) {
  if (PyDict_Check(container)) {
    changes_.values.push_back(or_nothing(PyDict_Copy(container)));
  } else if (PyList_Check(container)) {
    changes_.values.push_back(or_nothing(PyList_GetSlice(container, 0, length_of(container))));
  } else {
    changes_.values.push_back(or_nothing(PySequence_List(container)));
  }
}

void Recorder::guard_items(PyObject* container, const std::string& text) {
  Py_ssize_t size = length_of(container);
  if (size < 0) return PyErr_Clear();
  if (!has_room(static_cast<size_t>(size) + 1, fmt::format("the {} items of {}", size, text))) {
    return;
  }
  hold_items(container);
  if (PyDict_Check(container)) {
    dict_guard(DictGuard::Of::kDict, container, text).add_all();
  } else if (PyAnySet_Check(container)) {
    add<SetGuard>(guards_.always, container, text);
  } else {
    add<ItemsGuard>(guards_.always, container, text);
  }
}

void Recorder::guard_writes(PyObject* container, const std::string& text) {
  size_t before = guards_.always.size();
  guard_items(container, text);
  if (guards_.always.size() > before) only_written_.insert(guards_.always.back().get());
}

void Recorder::guard_index(PyObject* list, Py_ssize_t index, const std::string& text) {
  if (!has_room(1, text)) return;
  hold_items(list);
  add<IndexGuard>(guards_.always, list, index, text);
}

void Recorder::guard_length(PyObject* container, const std::string& text, bool truth) {
  if (has_room(1, text)) add<LengthGuard>(guards_.always, container, text, truth);
}

void Recorder::guard_slot(PyObject* object, PyObject* name, const std::string& text) {
  if (!has_room(1, text)) return;
  changes_.values.push_back(or_nothing(PyObject_GenericGetAttr(object, name)));
  add<SlotGuard>(guards_.always, object, name, text);
}

void Recorder::guard_given(GivenGuard::Of of, PyObject* holder, PyObject* key,
                           const std::string& text) {
  if (of == GivenGuard::Of::kContextVariable && !variables_.insert(holder).second) return;
  if (has_room(1, text)) add<GivenGuard>(guards_.always, holder, of, key, text);
}

void Recorder::guard_fact(const nb::list& numbers, const nb::list& constants, const nb::list& calls,
                          PyObject* result, const std::string& text) {
  if (!has_room(1, text)) return;
  guards_.always.push_back(std::make_unique<FactGuard>(numbers, constants, calls, result, text));
}

void Recorder::guard_class(PyObject* type, PyObject* name) {
  if (!has_room(1, attribute_text(type, name))) return;
  ClassGuard*& known = classes_[type];
  if (!known) known = &add<ClassGuard>(guards_.always, type);
  changes_.values.push_back(
      nb::borrow(_PyType_Lookup(reinterpret_cast<PyTypeObject*>(type), name)));
  known->add(name);
}

void Recorder::guard_array(PyObject* array, const std::string& text) {
  if (has_room(1, text)) add<ArrayGuard>(guards_.always, array, text);
}

void Recorder::guard_state(PyObject* dict, const nb::list& numbers) {
  if (has_room(static_cast<size_t>(PyDict_GET_SIZE(dict)), "an optimiser's state")) {
    add<StateGuard>(guards_.always, dict, numbers);
  }
}

void Recorder::warn_left_out() {
  if (left_out_.empty()) return;
  note(fmt::format("{} and others, as more than {} places are read", left_out_, kMostEntries));
  if (!said_.insert("left out").second) return;
  std::string text = fmt::format(
      "a compiled function reads more than {} places of Python's state and does not see when the "
      "others change, such as {}: make a tensor of such data outside the function, or pass it as "
      "an argument",
      kMostEntries, left_out_);
  check_status(PyErr_WarnEx(PyExc_RuntimeWarning, text.c_str(), 1));
}

void Recorder::note_effect(const std::string& text) {
  if (effect_.empty()) effect_ = text;
}

void Recorder::note(const std::string& text) { guards_.notes.push_back(text); }

void Recorder::note_write(PyObject* holder, const std::string& line) {
  lines_.try_emplace(holder, line);
}

// --- modules and optimisers ----------------------------------------------------------------------

DictGuard& Recorder::module_guard(PyObject* object, const std::string& text) {
  DictGuard*& known = dicts_[{object, DictGuard::Of::kAttributes}];
  if (!known) {
    known = &add<DictGuard>(guards_.modules, object, DictGuard::Of::kAttributes, text);
  }
  return *known;
}

void Recorder::add_attribute(PyObject* object, PyObject* name, PyObject* value,
                             const std::string& text) {
  if (!has_room(1, text)) return;
  changes_.values.push_back(nb::borrow(value));
  module_guard(object, text).add(name, value, text);
}

void Recorder::read_attribute(PyObject* object, PyObject* name, PyObject* value) {
  if (interpreting_ || !read_.emplace(object, check_text(name)).second) return;
  std::string text = attribute_text(object, name);
  nb::object dict = nb::steal(PyObject_GenericGetDict(object, nullptr));
  if (!dict.is_valid()) PyErr_Clear();
  if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0) {
    if (dict.is_valid()) hold_items(dict.ptr());
    module_guard(object, text).add_all();
    return;
  }
  PyObject* own = dict.is_valid() ? PyDict_GetItem(dict.ptr(), name) : nullptr;
  // For an attribute of the class, guards that the object has none of its own.
  add_attribute(object, name, own, text);
  if (!own) guard_class(class_of(object), name);
  if (!own && is_slot(Py_TYPE(object), name) && has_room(1, text)) {
    changes_.values.push_back(nb::borrow(value));
    add<SlotGuard>(guards_.modules, object, name, text);
  }
  if (!value) return;
  if (is_optimizer_state(value)) {
    read("open_state", nb::handle(value));
    return;
  }
  // The package's own code is not interpreted: it may read all of a container, or call a function.
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
    nb::object dict = or_nothing(PyObject_GenericGetDict(object, nullptr));
    PyObject* old = dict.is_valid() ? PyDict_GetItem(dict.ptr(), name) : nullptr;
    held_.push_back(nb::borrow(object));
    changes_.written.push_back({Watched(object), nb::borrow(name), nb::borrow(old)});
  }
  note_write(object, user_line());
}

// Guards attributes that were written before they were read: a later call may omit the write if
// they have the values the trace left.
void Recorder::add_written() {
  for (auto& [watched, name, old] : changes_.written) {
    nb::object object = watched.get();
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

void Recorder::read_nonzero(PyObject* dict, PyObject* key, bool nonzero) {
  add<NonzeroGuard>(guards_.always, dict, key, nonzero);
}

}  // namespace mycel::python
