// Writes the result of an operation to a tensor.
#include <fmt/format.h>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/to_device.h"
#include "python/src/common/error.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

DTypeClass class_of(DType dtype) {
  DTypeClass kind = info(dtype).kind;
  return kind == DTypeClass::kUnsigned ? DTypeClass::kSigned : kind;
}

// Converts the value to the dtype and the device of `target`.
Tensor fit(const Tensor& target, const Tensor& value, std::string_view what) {
  if (!(value.dims() == target.dims())) {
    fail(Code::kValue, "[{}] expects a result of the tensor's own type {}, got {}", what,
         ir::to_string(target.type()), ir::to_string(value.type()));
  }
  if (class_of(value.dtype()) > class_of(target.dtype())) {
    fail(Code::kType, "[{}] expects a result that {} holds, got {}; write x = x ... instead", what,
         name(target.dtype()), ir::to_string(value.type()));
  }
  return cast_to(to_device(value, target.device(), what), target.dtype());
}

}  // namespace

void write(PyObject* self, const Tensor& value, std::string_view what) {
  const Tensor& target = as_tensor(self)->tensor;
  target.assign(fit(target, value, what));
}

}  // namespace mycel::python
