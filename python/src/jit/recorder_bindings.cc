// Binds the open trace's recorder for mycel._reads and optimisers; calls without one do nothing.
#include <nanobind/stl/string.h>

#include "python/src/common/error.h"
#include "python/src/common/left_behind.h"
#include "python/src/common/user_location.h"
#include "python/src/jit/recorder.h"

namespace mycel::python {
namespace {

// Passes Python objects as pointers.
PyObject* plain(nb::handle object) { return object.ptr(); }
std::string plain(const std::string& text) { return text; }
template <class T>
  requires std::is_arithmetic_v<T>
T plain(T value) {
  return value;
}

// Calls a member of the recorder, if there is one.
template <auto kMember, class... Args>
void forward(Args... args) {
  if (Recorder* here = Recorder::current()) (here->*kMember)(plain(args)...);
}

bool read_nonzero(nb::handle dict, nb::handle key) {
  PyObject* value = PyDict_GetItem(dict.ptr(), key.ptr());
  if (!value) {
    fail(Code::kType, "expects {} in the parameter group, got nothing", check_text(key.ptr()));
  }
  bool nonzero = is_true(value);
  if (Recorder* here = Recorder::current()) here->read_nonzero(dict.ptr(), key.ptr(), nonzero);
  return nonzero;
}

GivenGuard::Of given_by(const std::string& name) {
  using Of = GivenGuard::Of;
  static constexpr std::pair<std::string_view, Of> kNames[] = {
      {"thread local", Of::kThreadLocal}, {"context variable", Of::kContextVariable},
      {"referent", Of::kReferent},        {"type", Of::kType},
      {"instance", Of::kInstance},        {"subclass", Of::kSubclass},
  };
  for (auto& [text, of] : kNames) {
    if (text == name) return of;
  }
  fail(Code::kValue, "[guard_given] expects the kind of a place, got \"{}\"", name);
}

}  // namespace

void bind_recorder(nb::module_& module) {
  using R = Recorder;
  using H = nb::handle;
  using Text = std::string;
  module.def("read_nonzero", read_nonzero,
             nb::sig("def read_nonzero(dict: dict[str, Any], key: str) -> bool"));
  module.def("guard_item", forward<&R::guard_item, H, H, Text>,
             nb::sig("def guard_item(dict: dict[Any, Any], key: Any, text: str) -> None"));
  module.def("guard_attribute", forward<&R::guard_attribute, H, H, Text>,
             nb::sig("def guard_attribute(object: Any, name: str, text: str) -> None"));
  module.def("guard_items", forward<&R::guard_items, H, Text>,
             nb::sig("def guard_items(container: Any, text: str) -> None"));
  module.def("guard_writes", forward<&R::guard_writes, H, Text>,
             nb::sig("def guard_writes(container: Any, text: str) -> None"));
  module.def("guard_index", forward<&R::guard_index, H, Py_ssize_t, Text>,
             nb::sig("def guard_index(list: list[Any], index: int, text: str) -> None"));
  module.def("guard_length", forward<&R::guard_length, H, Text, bool>,
             nb::sig("def guard_length(container: Any, text: str, truth: bool) -> None"));
  module.def("guard_slot", forward<&R::guard_slot, H, H, Text>,
             nb::sig("def guard_slot(object: Any, name: str, text: str) -> None"));
  module.def(
      "guard_given",
      [](const Text& of, H holder, H key, const Text& text) {
        if (Recorder* here = Recorder::current()) {
          here->guard_given(given_by(of), holder.ptr(), key.ptr(), text);
        }
      },
      nb::arg("of"), nb::arg("holder"), nb::arg("key").none(), nb::arg("text"),
      nb::sig("def guard_given(of: str, holder: Any, key: Any, text: str) -> None"));
  module.def(
      "guard_fact",
      [](const nb::list& numbers, const nb::list& constants, const nb::list& calls, H result,
         const Text& text) {
        if (Recorder* here = Recorder::current()) {
          here->guard_fact(numbers, constants, calls, result.ptr(), text);
        }
      },
      nb::sig("def guard_fact(numbers: list[Any], constants: list[Any], calls: list[Any], "
              "result: Any, text: str) -> None"));
  module.def("guard_class", forward<&R::guard_class, H, H>,
             nb::sig("def guard_class(type: type[Any], name: str) -> None"));
  module.def("guard_array", forward<&R::guard_array, H, Text>,
             nb::sig("def guard_array(array: Any, text: str) -> None"));
  module.def("guard_function", forward<&R::guard_function, H>,
             nb::sig("def guard_function(function: Any) -> None"));
  module.def(
      "guard_state",
      [](H dict, const nb::list& numbers) {
        if (Recorder* here = Recorder::current()) here->guard_state(dict.ptr(), numbers);
      },
      nb::sig("def guard_state(dict: dict[Any, Any], numbers: list[Any]) -> None"));
  module.def(
      "undo_by",
      [](nb::object call) {
        if (Recorder* here = Recorder::current()) here->undo_by(std::move(call));
      },
      nb::sig("def undo_by(call: Any) -> None"));
  module.def("note_effect", forward<&R::note_effect, Text>,
             nb::sig("def note_effect(text: str) -> None"));
  module.def("guard_note", forward<&R::note, Text>, nb::sig("def guard_note(text: str) -> None"));
  module.def("note_write", forward<&R::note_write, H, Text>,
             nb::sig("def note_write(holder: Any, line: str) -> None"));
  module.def("warn_frozen", forward<&R::warn_frozen, Text, Text, int>,
             nb::sig("def warn_frozen(function: str, file: str, line: int) -> None"));
  module.def(
      "holds_traced", [](H value) { return holds_traced(value.ptr()); },
      nb::sig("def holds_traced(value: Any) -> bool"));
  module.def(
      "own_dict", [](H object) { return owned(PyObject_GenericGetDict(object.ptr(), nullptr)); },
      nb::sig("def own_dict(object: Any) -> dict[str, Any]"),
      "The attributes that an object has itself, whatever its class gives as `__dict__`.");
  module.def(
      "is_library_code",
      [](H code) { return is_library_code(reinterpret_cast<PyCodeObject*>(code.ptr())); },
      nb::sig("def is_library_code(code: Any) -> bool"));
}

}  // namespace mycel::python
