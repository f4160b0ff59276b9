// Binds the modes of a thread, set at once and until a `with` ends. No Python code runs between
// saving a mode and changing it, so that Ctrl-C cannot come in between.
#include <nanobind/stl/string.h>

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "mycel/tensor/context.h"
#include "python/src/common/bindings.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/common/user_location.h"
#include "python/src/tensor/numbers.h"

namespace mycel::python {
namespace {

// Sets a value of the thread's context for the body of a `with`. An object may be entered again
// inside its own body.
template <auto kMember>
class Scope {
 public:
  using Value = std::remove_cvref_t<decltype(context().*kMember)>;
  explicit Scope(Value value) : value_(value) {}

  void enter() { previous_.push_back(std::exchange(context().*kMember, value_)); }
  void exit() {
    if (previous_.empty()) fail(Code::kRuntime, "expects to be left after it was entered");
    context().*kMember = previous_.back();
    previous_.pop_back();
  }
  Value value() const { return value_; }

 private:
  Value value_;
  std::vector<Value> previous_;
};

// The same, but set from its construction: its first `with` only ends it.
template <auto kMember>
class Setting : public Scope<kMember> {
 public:
  explicit Setting(typename Scope<kMember>::Value value) : Scope<kMember>(value) {
    Scope<kMember>::enter();
  }
  Setting(const Setting&) = delete;
  // Ctrl-C between the call and its `with` destroys the object unentered: undoes the call.
  ~Setting() {
    if (fresh_ && PyErr_Occurred()) Scope<kMember>::exit();
  }
  void enter() {
    if (!fresh_) return Scope<kMember>::enter();
    fresh_ = false;
    context().*kMember = this->value();
  }
  void exit() {
    fresh_ = false;
    Scope<kMember>::exit();
  }
  // Undoes the setting, as the object decorates a function instead.
  void cancel() {
    if (fresh_) exit();
  }

 private:
  bool fresh_ = true;  // neither entered nor left so far
};

template <bool kEnabled>
struct GradScope : Scope<&Context::grad_enabled> {
  GradScope() : Scope(kEnabled) {}
};

template <class T, class... Extra>
nb::class_<T> bind_scope(nb::module_& module, const char* name, const Extra&... extra) {
  return nb::class_<T>(module, name, extra...)
      .def(
          "__enter__", [](T& self) { self.enter(); }, nb::sig("def __enter__(self) -> None"))
      .def(
          "__exit__", [](T& self, nb::args) { self.exit(); },
          nb::sig("def __exit__(self, *_: object) -> None"));
}

// Lets the object decorate functions: each call runs in a new scope, constructed with the value
// that `argument` returns for the object.
template <class T, class F>
void bind_decorator(nb::class_<T>& scope, F argument) {
  scope.def(
      "__call__",
      [argument](nb::handle self, nb::handle function) {
        T& setting = nb::cast<T&>(self);
        setting.cancel();
        nb::handle type = self.type();
        nb::object make =
            nb::module_::import_("functools").attr("partial")(type, argument(setting));
        return nb::module_::import_("mycel._context")
            .attr("decorate")(make, function, type.attr("__name__"));
      },
      nb::arg("function"), nb::sig("def __call__(self, function: F) -> F"));
}

using GradSetting = Setting<&Context::grad_enabled>;
using ModeSetting = Setting<&Context::mode>;
using DeviceSetting = Setting<&Context::device>;

bool require_bool(nb::handle enabled) {
  std::optional<ir::Scalar> number = number_from(enabled.ptr());
  if (number && std::holds_alternative<bool>(*number)) return std::get<bool>(*number);
  fail(Code::kType, "[set_grad_enabled] expects enabled to be True or False, got {}",
       nb::repr(enabled).c_str());
}

Mode require_mode(nb::handle mode) {
  bool text = PyUnicode_Check(mode.ptr());
  std::string name = check_text(text ? mode.ptr() : nb::repr(mode).ptr());
  if (text && name == "eager") return Mode::kEager;
  if (text && name == "graph") return Mode::kGraph;
  fail(Code::kValue, "[set_mode] expects \"eager\" or \"graph\", got {}",
       text ? "\"" + name + "\"" : name);
}

const char* name_of(Mode mode) { return mode == Mode::kGraph ? "graph" : "eager"; }

void bind_grad_modes(nb::module_& module) {
  bind_scope<GradScope<false>>(module, "NoGradScope").def(nb::init<>());
  bind_scope<GradScope<true>>(module, "EnableGradScope").def(nb::init<>());
  auto scope =
      bind_scope<GradSetting>(module, "set_grad_enabled",
                              "Sets whether operations are recorded for gradients, at once and "
                              "until its `with` ends.\n\n"
                              "It may also decorate a function, and then holds in its calls alone. "
                              "Raises\nTypeError for anything but a bool.\n\n"
                              "Example:\n"
                              "    >>> with mc.set_grad_enabled(False):\n"
                              "    ...     mc.is_grad_enabled()\n"
                              "    False")
          .def(
              "__init__",
              [](GradSetting* self, nb::handle enabled) {
                new (self) GradSetting(require_bool(enabled));
              },
              nb::arg("enabled").none(), nb::sig("def __init__(self, enabled: bool) -> None"))
          .def("__repr__", [](const GradSetting& self) {
            return std::string(self.value() ? "set_grad_enabled(True)" : "set_grad_enabled(False)");
          });
  bind_decorator(scope, [](const GradSetting& self) { return nb::bool_(self.value()); });
  module.def(
      "is_grad_enabled", [] { return context().grad_enabled; },
      "Whether this thread records operations on tensors that require a gradient.\n\n"
      "Example:\n"
      "    >>> mc.is_grad_enabled()\n"
      "    True\n"
      "    >>> with mc.no_grad():\n"
      "    ...     mc.is_grad_enabled()\n"
      "    False");
}

void bind_graph_mode(nb::module_& module) {
  auto scope =
      bind_scope<ModeSetting>(
          module, "set_mode",
          "Sets this thread's mode, at once and until its `with` ends.\n\n"
          "It may also decorate a function, and then holds in its calls alone.\n\n"
          "In \"graph\" the outermost call of a module and optimizer.step() are compiled, in "
          "\"eager\" "
          "(the\ndefault) nothing is. Raises ValueError for another mode.\n\n"
          "Example:\n"
          "    >>> with mc.set_mode(\"graph\"):\n"
          "    ...     mc.get_mode()\n"
          "    'graph'\n"
          "    >>> mc.get_mode()\n"
          "    'eager'")
          .def(
              "__init__",
              [](ModeSetting* self, nb::handle mode) {
                new (self) ModeSetting(require_mode(mode));
              },
              nb::arg("mode").none(),
              nb::sig("def __init__(self, mode: Literal[\"eager\", \"graph\"]) -> None"))
          .def("__repr__", [](const ModeSetting& self) {
            return fmt::format("set_mode(\"{}\")", name_of(self.value()));
          });
  bind_decorator(scope, [](const ModeSetting& self) { return nb::str(name_of(self.value())); });
  module.def(
      "get_mode", [] { return std::string(name_of(context().mode)); },
      nb::sig("def get_mode() -> Literal[\"eager\", \"graph\"]"),
      "This thread's mode, as mc.set_mode sets it.\n\n"
      "Example:\n"
      "    >>> mc.get_mode()\n"
      "    'eager'");
}

void bind_default_device(nb::module_& module) {
  auto scope =
      bind_scope<DeviceSetting>(
          module, "set_default_device",
          "Sets where this thread's new tensors are made, at once and until its `with` ends.\n\n"
          "It may also decorate a function, and then holds in its calls alone. "
          "Raises\nValueError for a name of no device.\n\n"
          "Example:\n"
          "    >>> with mc.set_default_device(\"reference\"):\n"
          "    ...     mc.zeros(1).device\n"
          "    device(\"reference\")")
          .def(
              "__init__",
              [](DeviceSetting* self, nb::handle device) {
                new (self) DeviceSetting(require_device(device.ptr(), "set_default_device"));
              },
              nb::arg("device"), nb::sig("def __init__(self, device: DeviceLike) -> None"))
          .def("__repr__", [](const DeviceSetting& self) {
            return fmt::format("set_default_device(\"{}\")", to_string(self.value()));
          });
  bind_decorator(scope, [](const DeviceSetting& self) { return nb::cast(self.value()); });
  module.def(
      "get_default_device", [] { return context().device; },
      "Where this thread's new tensors are made, as mc.set_default_device sets it.\n\n"
      "Example:\n"
      "    >>> mc.get_default_device()\n"
      "    device(\"cpu\")");
}

}  // namespace

void bind_modes(nb::module_& module) {
  bind_grad_modes(module);
  bind_graph_mode(module);
  bind_default_device(module);
  module.def("is_tracing", [] { return context().trace != nullptr; });
  module.def("in_module_call", in_module_call);
  module.def("set_package_folder", set_package_folder);
}

}  // namespace mycel::python
