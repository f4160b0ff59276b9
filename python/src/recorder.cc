#include "python/src/recorder.h"

#include <nanobind/stl/string.h>

#include "python/src/error.h"
#include "python/src/imported.h"
#include "python/src/location.h"
#include "python/src/tensor_object.h"

namespace mycel::python {
namespace {

thread_local Recorder* recorder = nullptr;

// The names that the code reads as globals: (mycel._signature does it with `dis`).
nb::object global_names(PyCodeObject* code) {
  static constinit Imported function{"mycel._signature", "global_names"};
  return owned(PyObject_CallOneArg(function.get(), reinterpret_cast<PyObject*>(code)));
}

int watch_calls(PyObject*, PyFrameObject* frame, int what, PyObject* argument) {
  Recorder* here = recorder;
  if (what == PyTrace_CALL && here) {
    try {
      here->enter(frame);
    } catch (...) {
      set_python_error();
      return -1;
    }
  }
  (void)argument;
  return 0;
}

std::string attribute_text(PyObject* object, PyObject* name) {
  return "attribute " + check_text(name) + " of " + Py_TYPE(object)->tp_name;
}

}  // namespace

Recorder* Recorder::current() { return recorder; }

Recorder::Recorder(nb::handle function) : previous_(recorder) {
  PyThreadState* state = PyThreadState_Get();
  previous_function_ = state->c_profilefunc;
  previous_object_ = nb::borrow(state->c_profileobj);
  guards_.validated_epoch = attribute_epoch;
  nb::handle target = function;
  if (PyMethod_Check(target.ptr())) target = PyMethod_GET_FUNCTION(target.ptr());
  if (PyFunction_Check(target.ptr())) {
    root_code_ = PyFunction_GetCode(target.ptr());
    add_function(target.ptr());
  }
  recorder = this;
  PyEval_SetProfile(watch_calls, nullptr);
}

void Recorder::stop() {
  if (!watching_) return;
  watching_ = false;
  recorder = previous_;
  PyEval_SetProfile(previous_function_, previous_object_.ptr());
}

Recorder::~Recorder() { stop(); }

Guards Recorder::finish() {
  stop();
  add_closures();
  for (auto& [type, guard] : types_) guards_.types.push_back(std::move(guard));
  return std::move(guards_);
}

void Recorder::enter(PyFrameObject* frame) {
  nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  if (!codes_.insert(code.ptr()).second) return;
  held_.push_back(code);
  auto* raw = reinterpret_cast<PyCodeObject*>(code.ptr());
  if (is_library_code(raw)) return;
  nb::object globals =
      nb::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), "f_globals"));
  add_code(raw, globals.ptr());
}

void Recorder::add_function(PyObject* function) {
  if (!functions_.insert(function).second) return;
  held_.push_back(nb::borrow(function));
  auto* code = reinterpret_cast<PyCodeObject*>(PyFunction_GetCode(function));
  std::string name = check_text(code->co_name);
  if (codes_.insert(reinterpret_cast<PyObject*>(code)).second) {
    held_.push_back(nb::borrow(reinterpret_cast<PyObject*>(code)));
    if (!is_library_code(code)) add_code(code, PyFunction_GetGlobals(function));
  }
  if (is_library_code(code)) return;
  if (PyObject* cells = PyFunction_GetClosure(function)) {
    nb::object free =
        nb::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(code), "co_freevars"));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(cells); ++i) {
      PyObject* cell = PyTuple_GET_ITEM(cells, i);
      add_place(Guard::Kind::kCell, cell, nullptr, PyCell_GET(cell),
                "closure variable " + check_text(PyTuple_GET_ITEM(free.ptr(), i)) + " of " + name);
    }
  }
  PyObject* defaults = PyFunction_GetDefaults(function);
  add_place(Guard::Kind::kDefaults, function, nullptr, defaults, "the defaults of " + name);
  for (Py_ssize_t i = 0; defaults && i < PyTuple_GET_SIZE(defaults); ++i) {
    add_container(PyTuple_GET_ITEM(defaults, i), "a default of " + name);
  }
  add_place(Guard::Kind::kKeywordDefaults, function, nullptr, PyFunction_GetKwDefaults(function),
            "the defaults of " + name);
}

void Recorder::add_code(PyCodeObject* code, PyObject* globals) {
  nb::object names = global_names(code);
  for (nb::handle name : names) add_global(globals, name.ptr());
}

void Recorder::add_global(PyObject* globals, PyObject* name) {
  if (!globals_.insert({globals, name}).second) return;
  add_place(Guard::Kind::kGlobal, globals, name, PyDict_GetItem(globals, name),
            "global " + check_text(name));
}

void Recorder::add_place(Guard::Kind kind, PyObject* holder, PyObject* key, PyObject* value,
                         const std::string& name) {
  // Cells that the trace itself made hold its tensors; they are gone with it.
  if (value && is_tensor(value) && as_tensor(value)->tensor.is_traced() &&
      kind == Guard::Kind::kCell) {
    return;
  }
  guards_.places.push_back(
      {kind, nb::borrow(holder), nb::borrow(key), GuardedValue(value, name, guards_.notes), name});
  if (value && PyFunction_Check(value)) add_function(value);
}

void Recorder::add_container(PyObject* value, const std::string& name) {
  std::vector<std::string> ignored;
  if (!GuardedValue(value, name, ignored).is_container()) return;
  if (!containers_.insert(value).second) return;
  add_place(Guard::Kind::kValue, value, nullptr, value, name);
}

void Recorder::add_type(PyObject* object, PyObject* name) {
  PyTypeObject* type = Py_TYPE(object);
  TypeGuard& guard = types_[type];
  guard.holder = nb::borrow(reinterpret_cast<PyObject*>(type));
  PyObject* found = _PyType_Lookup(type, name);
  guard.version = type->tp_version_tag;
  guard.found.emplace_back(nb::borrow(name), nb::borrow(found));
}

void Recorder::read_attribute(PyObject* object, PyObject* name, PyObject* value) {
  if (!reads_.emplace(object, check_text(name)).second) return;
  std::string text = attribute_text(object, name);
  bool all = PyUnicode_CompareWithASCIIString(name, "__dict__") == 0;
  nb::object dict = nb::steal(PyObject_GenericGetDict(object, nullptr));
  PyObject* own = all ? dict.ptr() : dict ? PyDict_GetItem(dict.ptr(), name) : nullptr;
  if (!dict) PyErr_Clear();
  if (!own) {  // the class has it, as long as the object has not
    add_type(object, name);
    guards_.attributes.push_back(
        {nb::borrow(object), nb::borrow(name), GuardedValue(nullptr, text, guards_.notes), text});
    return add_container(value, text);
  }
  constexpr size_t kAnySize = ~size_t{0};
  guards_.attributes.push_back(
      {nb::borrow(object), all ? nb::none() : nb::borrow(name),
       GuardedValue(own, text, guards_.notes, all ? kAnySize : GuardedValue::kMostItems), text});
  if (!all) add_container(own, text);
  if (PyFunction_Check(own)) add_function(own);
}

void Recorder::write_attribute(PyObject* object, PyObject* name) {
  reads_.emplace(object, check_text(name));
}

void Recorder::read_nonzero(PyObject* dict, PyObject* key, bool nonzero) {
  std::string name = "whether " + check_text(key) + " is 0";
  guards_.places.push_back({Guard::Kind::kNonzeroItem, nb::borrow(dict), nb::borrow(key),
                            GuardedValue(nonzero ? Py_True : Py_False, name, guards_.notes), name});
}

void Recorder::read_container(PyObject* value, const std::string& name) {
  add_container(value, name);
}

// Of the functions with free variables that were called only the code was seen; the garbage
// collector knows which functions have it.
void Recorder::add_closures() {
  nb::list codes;
  for (PyObject* code : codes_) {
    auto* raw = reinterpret_cast<PyCodeObject*>(code);
    if (!PyCode_GetNumFree(raw) || is_library_code(raw)) continue;
    if (code != root_code_) codes.append(nb::handle(code));
  }
  if (nb::len(codes) == 0) return;
  nb::object referrers = nb::module_::import_("gc").attr("get_referrers")(*codes);
  for (nb::handle object : referrers) {
    if (PyFunction_Check(object.ptr())) add_function(object.ptr());
  }
}

void bind_recorder(nb::module_& module) {
  module.def(
      "read_nonzero",
      [](nb::handle dict, nb::handle key) {
        PyObject* value = PyDict_GetItem(dict.ptr(), key.ptr());
        if (!value) {
          fail(Code::kType, "expects {} in the parameter group, got nothing",
               check_text(key.ptr()));
        }
        bool nonzero = is_true(value);
        if (Recorder* here = Recorder::current())
          here->read_nonzero(dict.ptr(), key.ptr(), nonzero);
        return nonzero;
      },
      nb::sig("def read_nonzero(dict: dict[str, Any], key: str) -> bool"));
  module.def(
      "guard_container",
      [](nb::handle container, const std::string& name) {
        if (Recorder* here = Recorder::current()) here->read_container(container.ptr(), name);
      },
      nb::sig("def guard_container(container: Any, name: str) -> None"));
}

}  // namespace mycel::python
