// Binds the creation of tensors, which mycel._creation completes with defaults.
#include <nanobind/stl/string.h>

#include "mycel/ops/creation.h"
#include "mycel/ops/linspace.h"
#include "mycel/ops/number_operand.h"
#include "mycel/ops/random.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/to_device.h"
#include "mycel/tensor/trace.h"
#include "python/src/common/bindings.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor/wide_number.h"

namespace mycel::python {
namespace {

// Returns the device for new tensors; a compiled function makes them only on its own device.
Device require_new_device(nb::handle device) {
  Device wanted = require_device(device.ptr(), "device");
  const Trace* trace = context().trace;
  if (trace && !(trace->device() == wanted)) {
    fail(Code::kCompile,
         "[device] expects the device of the compiled function, {}, got {}: a function runs on one "
         "device; make the tensor outside it",
         to_string(trace->device()), to_string(wanted));
  }
  return wanted;
}

// Makes the tensors of a scope on a device; None keeps the current one.
class NewTensorsOn {
 public:
  explicit NewTensorsOn(nb::handle device) : device_(context().device), previous_(device_) {
    if (!device.is_none()) device_ = require_new_device(device);
  }
  void enter() { previous_ = std::exchange(context().device, device_); }
  void exit() { context().device = previous_; }

 private:
  Device device_, previous_;
};

DeviceScope scope_of(nb::handle device) {
  return DeviceScope(device.is_none() ? context().device : require_new_device(device));
}

Dims shape_from(nb::handle size) {
  Ints shape;
  if (!integers_from(size.ptr(), shape)) {
    fail(Code::kType, "[full] expects its size to be an int or a sequence of ints, got {}",
         nb::cast<std::string>(nb::str(nb::repr(size))));
  }
  return to_dims(shape);
}

ir::Scalar require_number(nb::handle value, std::string_view op) {
  if (std::optional<ir::Scalar> number = scalar_from(value.ptr())) return *number;
  fail(Code::kType, "[{}] expects a number, got {}", op, type_text(value));
}

// Looks the operation up by name, as this module does not share the library's OpOf.
template <class A>
Tensor made(std::string_view name, const A& attributes) {
  const ir::OpDef& op = *ir::Registry::get().find(name);
  return apply(op, {}, ir::Attributes::borrow(op.attributes, &attributes))[0];
}

Tensor make_full(nb::handle size, nb::handle value, nb::handle dtype, nb::handle device) {
  DeviceScope scope = scope_of(device);
  DType kind = require_dtype(dtype.ptr(), "full");
  Dims shape = shape_from(size);
  if (beyond_int64(value.ptr()) == 0) return full(shape, require_number(value, "full"), kind);
  TypedNumber wide = require_wide_number("full", value.ptr(), kind);
  return cast_to(full(shape, wide.value, wide.dtype), kind);
}

int64_t require_integer(nb::handle value, std::string_view op, std::string_view what) {
  if (std::optional<int64_t> number = integer_from(value.ptr())) return *number;
  fail(Code::kType, "[{}] expects {} to be an int, got {}", op, what,
       nb::cast<std::string>(nb::str(nb::repr(value))));
}

Tensor make_arange(nb::handle length, nb::handle start, nb::handle step, nb::handle dtype,
                   nb::handle device) {
  DeviceScope scope = scope_of(device);
  Arange numbers{{require_integer(length, "arange", "steps")},
                 require_number(start, "arange"),
                 require_number(step, "arange"),
                 require_dtype(dtype.ptr(), "arange")};
  return made("arange", numbers);
}

Tensor make_linspace(nb::handle steps, double start, double end, nb::handle dtype,
                     nb::handle device) {
  DeviceScope scope = scope_of(device);
  return made("linspace", Linspace{{require_integer(steps, "linspace", "steps")},
                                   start,
                                   end,
                                   require_dtype(dtype.ptr(), "linspace")});
}

Tensor make_eye(nb::handle rows, nb::handle columns, nb::handle dtype, nb::handle device) {
  DeviceScope scope = scope_of(device);
  return eye(require_integer(rows, "eye", "n"), require_integer(columns, "eye", "m"),
             require_dtype(dtype.ptr(), "eye"));
}

Tensor to_device(const Tensor& tensor, nb::handle device) {
  return to_device(tensor, require_device(device.ptr(), "to"), "to");
}

}  // namespace

void bind_creation(nb::module_& module) {
  module.def("full", make_full, nb::arg("size"), nb::arg("value"), nb::arg("dtype"),
             nb::arg("device").none(),
             nb::sig("def full(size: int | Sequence[int], value: Number, dtype: DTypeLike, "
                     "device: DeviceLike | None) -> Tensor"));
  module.def("arange", make_arange, nb::arg("length"), nb::arg("start"), nb::arg("step"),
             nb::arg("dtype"), nb::arg("device").none(),
             nb::sig("def arange(length: int, start: Number, step: Number, dtype: DTypeLike, "
                     "device: DeviceLike | None) -> Tensor"));
  module.def("linspace", make_linspace, nb::arg("steps"), nb::arg("start"), nb::arg("end"),
             nb::arg("dtype"), nb::arg("device").none(),
             nb::sig("def linspace(steps: int, start: float, end: float, dtype: DTypeLike, "
                     "device: DeviceLike | None) -> Tensor"));
  // Converts a NumPy scalar or 0-d tensor to a Python number; returns a Python number unchanged.
  module.def(
      "python_number",
      [](nb::handle value) -> nb::object {
        if (PyLong_Check(value.ptr()) || PyFloat_CheckExact(value.ptr())) return nb::borrow(value);
        if (beyond_int64(value.ptr()) != 0) return owned(PyNumber_Index(value.ptr()));
        std::optional<ir::Scalar> number = scalar_from(value.ptr());
        return number ? nb::steal(number_to(*number)) : nb::none();
      },
      nb::arg("value").none(), nb::sig("def python_number(value: object) -> Number | None"));
  module.def("eye", make_eye, nb::arg("rows"), nb::arg("columns"), nb::arg("dtype"),
             nb::arg("device").none(),
             nb::sig("def eye(rows: int, columns: int, dtype: DTypeLike, "
                     "device: DeviceLike | None) -> Tensor"));
  module.def(
      "cast",
      [](nb::handle tensor, nb::handle dtype) {
        if (!is_tensor(tensor.ptr())) {
          fail(Code::kType, "[to] expects a tensor, got {}", type_text(tensor));
        }
        return cast_to(as_tensor(tensor.ptr())->tensor, require_dtype(dtype.ptr(), "to"));
      },
      nb::sig("def cast(tensor: Tensor, dtype: DTypeLike) -> Tensor"));
  nb::class_<NewTensorsOn>(module, "DeviceScope")
      .def(nb::init<nb::handle>(), nb::arg("device").none(),
           nb::sig("def __init__(self, device: DeviceLike | None) -> None"))
      .def("__enter__", &NewTensorsOn::enter, nb::sig("def __enter__(self) -> None"))
      .def(
          "__exit__", [](NewTensorsOn& self, nb::args) { self.exit(); },
          nb::sig("def __exit__(self, *_: object) -> None"));
  module.def("random_state", random_state, nb::arg("seed"));
  module.def("manual_seed", manual_seed, nb::arg("seed"));
  // For printing: the value alone, in host memory.
  module.def("to_host", [](const Tensor& tensor) { return Tensor(host_array(tensor, "repr")); });
  module.def("is_traced", [](const Tensor& tensor) { return tensor.is_traced(); });
  module.def("detach_in_place", [](const Tensor& tensor) { tensor.drop_edge(); });
  module.def("to_device", to_device,
             nb::sig("def to_device(tensor: Tensor, device: DeviceLike) -> Tensor"));
}

}  // namespace mycel::python
