// Exports NumPy arrays, and binds mc.tensor, mc.from_numpy and mc.from_dlpack.
#include <nanobind/stl/string.h>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/to_device.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/common/imported.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

// The object passed to numpy.asarray: it holds the memory, and the NumPy array holds it.
struct Export {
  NDArray array;
};

const char* type_string(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return "|b1";
    case DType::kInt8:
      return "|i1";
    case DType::kInt16:
      return "<i2";
    case DType::kInt32:
      return "<i4";
    case DType::kInt64:
      return "<i8";
    case DType::kUInt8:
      return "|u1";
    case DType::kUInt16:
      return "<u2";
    case DType::kUInt32:
      return "<u4";
    case DType::kUInt64:
      return "<u8";
    case DType::kFloat16:
      return "<f2";
    case DType::kFloat32:
      return "<f4";
    case DType::kFloat64:
      return "<f8";
    case DType::kBFloat16:
      break;
  }
  fail(Code::kType, "[numpy] expects a dtype that NumPy has, got {}; write x.float().numpy()",
       name(dtype));
}

nb::dict interface_of(const Export& self) {
  const NDArray& array = self.array;
  Strides bytes = array.strides();
  for (int64_t& stride : bytes) stride *= byte_size(array.dtype());
  nb::dict dict;
  dict["version"] = 3;
  dict["typestr"] = type_string(array.dtype());
  dict["shape"] = nb::steal(integers_to(array.shape()));
  dict["strides"] = nb::steal(integers_to(bytes));
  dict["data"] = nb::make_tuple(reinterpret_cast<uintptr_t>(array.raw()), true);
  return dict;
}

CopyMode mode_of(nb::handle copy) {
  if (copy.is_none()) return CopyMode::kIfWritable;
  if (!nb::isinstance<nb::bool_>(copy)) {
    fail(Code::kType, "[from_dlpack] expects copy to be True, False or None");
  }
  return nb::cast<bool>(copy) ? CopyMode::kAlways : CopyMode::kNever;
}

Tensor on_device(Tensor tensor, nb::handle device, std::string_view op) {
  Device target = device.is_none() ? context().device : require_device(device.ptr(), op);
  return to_device(tensor, target, op);
}

Tensor make_tensor(nb::handle data, nb::handle dtype, nb::handle device, bool requires_grad) {
  std::optional<DType> wanted;
  if (!dtype.is_none()) wanted = require_dtype(dtype.ptr(), "tensor");
  Tensor made = on_device(to_tensor(data.ptr(), wanted), device, "tensor");
  if (requires_grad) made.set_requires_grad(true);
  return made;
}

}  // namespace

PyObject* export_numpy(const NDArray& host) {
  static constinit Imported asarray{"numpy", "asarray"};
  type_string(host.dtype());  // raises here for a dtype that NumPy lacks
  nb::object source = nb::cast(Export{host});
  return check(PyObject_CallOneArg(asarray.get(), source.ptr()));
}

void bind_arrays(nb::module_& module) {
  nb::class_<Export>(module, "_Export").def_prop_ro("__array_interface__", interface_of);
  module.def("tensor", make_tensor, nb::arg("data").none(), nb::kw_only(),
             nb::arg("dtype").none() = nb::none(), nb::arg("device").none() = nb::none(),
             nb::arg("requires_grad") = false,
             nb::sig("def tensor(data: ArrayLike, *, dtype: DTypeLike | None = None, "
                     "device: DeviceLike | None = None, requires_grad: bool = False) -> Tensor"));
  module.def(
      "from_numpy",
      [](nb::handle array, nb::handle copy) {
        return tensor_of(import_array(array.ptr(), mode_of(copy)));
      },
      nb::arg("array"), nb::kw_only(), nb::arg("copy").none() = nb::none(),
      nb::sig("def from_numpy(array: ArrayLike, *, copy: bool | None = None) -> Tensor"));
  module.def(
      "from_dlpack",
      [](nb::handle array, nb::handle device, nb::handle copy) {
        Tensor made = tensor_of(import_dlpack(array.ptr(), mode_of(copy)));
        return on_device(std::move(made), device, "from_dlpack");
      },
      nb::arg("array"), nb::kw_only(), nb::arg("device").none() = nb::none(),
      nb::arg("copy").none() = nb::none(),
      nb::sig("def from_dlpack(array: object, *, device: DeviceLike | None = None, "
              "copy: bool | None = None) -> Tensor"));
}

}  // namespace mycel::python
