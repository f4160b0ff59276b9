// Binds gradients, and the numbers and updates of optimisers.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "mycel/autodiff/backward.h"
#include "mycel/autodiff/variable.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/optimizer_update.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/trace.h"
#include "python/src/common/bindings.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/jit/recorder.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

// Returns the number under a key of the group, or an entry of the tuple or list there; nullopt if
// it is missing or not a number.
std::optional<double> number_in(const nb::dict& group, const nb::str& key, Py_ssize_t index) {
  PyObject* value = PyDict_GetItem(group.ptr(), key.ptr());
  if (value && index >= 0) {
    bool sequence = PyTuple_Check(value) || PyList_Check(value);
    bool present = sequence && index < PySequence_Fast_GET_SIZE(value);
    value = present ? PySequence_Fast_GET_ITEM(value, index) : nullptr;
  }
  if (!value) return std::nullopt;
  double number = PyFloat_AsDouble(value);
  if (number != -1 || !PyErr_Occurred()) return number;
  PyErr_Clear();
  return std::nullopt;
}

double require_number_in(const nb::dict& group, const nb::str& key, Py_ssize_t index) {
  if (std::optional<double> number = number_in(group, key, index)) return *number;
  PyObject* value = PyDict_GetItem(group.ptr(), key.ptr());
  fail(Code::kType, "[optimizer] expects {} in the parameter group to be a number, got {}",
       key.c_str(), value ? type_text(value) : "nothing");
}

// Returns a number of an optimiser as a 0-d tensor on the parameter's device: under a trace, an
// operand that every call reads again.
Tensor number(nb::dict group, nb::str key, nb::handle dtype, Py_ssize_t index,
              const Tensor& parameter) {
  DType kind = require_dtype(dtype.ptr(), "optimizer");
  PyObject* value = PyDict_GetItem(group.ptr(), key.ptr());
  if (value && is_tensor(value)) return cast_to(as_tensor(value)->tensor, kind);
  double now = require_number_in(group, key, index);
  Trace* trace = context().trace;
  if (!trace) return scalar_like(parameter, now, kind);
  std::string name = check_text(key.ptr());
  if (index >= 0) name += std::to_string(index);
  // The trace may change the number after this read, as a scheduler does.
  std::shared_ptr<const bool> once;
  if (Recorder* recorder = Recorder::current()) once = recorder->serves_one_call();
  return trace->number(group.ptr(), name, kind, [group, key, index, now, once] {
    if (once && *once) return now;
    nb::gil_scoped_acquire lock;
    return require_number_in(group, key, index);
  });
}

std::vector<std::optional<Tensor>> to_optional(const Tensors& tensors) {
  std::vector<std::optional<Tensor>> out;
  for (const Tensor& tensor : tensors) {
    out.push_back(tensor.defined() ? std::optional(tensor) : std::nullopt);
  }
  return out;
}

Tensors from_optional(const std::vector<std::optional<Tensor>>& tensors) {
  Tensors out;
  for (const std::optional<Tensor>& tensor : tensors) out.push_back(tensor.value_or(Tensor()));
  return out;
}

std::vector<std::optional<Tensor>> gradients_of(
    const Tensors& outputs, const Tensors& inputs,
    const std::vector<std::optional<Tensor>>& cotangents, bool retain_graph, bool create_graph,
    bool allow_unused) {
  GradOptions options{retain_graph, create_graph, allow_unused};
  return to_optional(gradients(outputs, from_optional(cotangents), inputs, options));
}

// The scopes of one differentiation, which end together; Ctrl-C leaves none of them open.
class VariableScopes {
 public:
  VariableScopes() = default;
  VariableScopes(const VariableScopes&) = delete;
  // Enters a new scope and returns its variables.
  Tensors add(Tensors tensors) {
    scopes_.push_back(std::make_unique<VariableScope>(std::move(tensors)));
    scopes_.back()->enter();
    return scopes_.back()->variables();
  }
  void exit() {
    for (; !scopes_.empty(); scopes_.pop_back()) scopes_.back()->exit();
  }

 private:
  std::vector<std::unique_ptr<VariableScope>> scopes_;
};

void bind_updates(nb::module_& module) {
  module.def("number", number,
             nb::sig("def number(group: dict[str, Any], key: str, dtype: dtype, index: int, "
                     "parameter: Tensor) -> Tensor"));
  module.def(
      "number_dtype",
      [](nb::handle dtype) {
        return nb::borrow(dtype_object(number_dtype(require_dtype(dtype.ptr(), "optimizer"))));
      },
      nb::sig("def number_dtype(dtype: dtype) -> dtype"));
  // Assigns new values of parameters and slots, without recording a gradient.
  module.def("assign", [](const Tensor& tensor, const Tensor& value) {
    GradMode no_grad(false);
    tensor.assign(value);
  });
  // Calls `make` outside the trace, to make state that outlives a traced call.
  module.def(
      "outside_trace",
      [](nb::callable make) {
        Trace* open = std::exchange(context().trace, nullptr);
        struct Restore {
          Trace* trace;
          ~Restore() { context().trace = trace; }
        } restore{open};
        return make();
      },
      nb::sig("def outside_trace(make: Callable[[], Any]) -> Any"));
}

void bind_gradients(nb::module_& module) {
  module.def("gradients", gradients_of,
             nb::sig("def gradients(outputs: Sequence[Tensor], inputs: Sequence[Tensor], "
                     "cotangents: Sequence[Tensor | None], retain_graph: bool, create_graph: bool, "
                     "allow_unused: bool) -> list[Tensor | None]"));
  module.def(
      "backward",
      [](const Tensors& outputs, const std::vector<std::optional<Tensor>>& cotangents,
         bool retain_graph, bool create_graph) {
        backward(outputs, from_optional(cotangents),
                 {retain_graph || create_graph, create_graph, false});
      },
      nb::sig("def backward(outputs: Sequence[Tensor], cotangents: Sequence[Tensor | None], "
              "retain_graph: bool, create_graph: bool) -> None"));
  module.def("as_variable", as_variable);
  module.def("close_variable", close_variable);
  // Returns another object with the same value and gradient.
  module.def("alias", [](const Tensor& x) { return Tensor(x.state()); });
  module.def("depends_on_open", depends_on_open);
  nb::class_<VariableScopes>(module, "VariableScopes")
      .def(nb::init<>())
      .def("add", &VariableScopes::add)
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); },
          nb::sig("def __enter__(self) -> VariableScopes"))
      .def(
          "__exit__", [](VariableScopes& self, nb::args) { self.exit(); },
          nb::sig("def __exit__(self, *_: object) -> None"));
}

}  // namespace

void bind_context(nb::module_& module) {
  bind_updates(module);
  bind_gradients(module);
}

}  // namespace mycel::python
