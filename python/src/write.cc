// Writing to a tensor object.
#include <fmt/format.h>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/move.h"
#include "mycel/tensor/object.h"
#include "python/src/error.h"
#include "python/src/tensor_object.h"
#include "python/src/tensor_slots.h"

namespace mycel::python {
namespace {

DTypeClass class_of(DType dtype) {
  DTypeClass kind = info(dtype).kind;
  return kind == DTypeClass::kUnsigned ? DTypeClass::kSigned : kind;
}

// The value in the dtype and on the device of `target`.
Tensor fit(const Tensor& target, const Tensor& value, std::string_view what) {
  if (!(value.dims() == target.dims())) {
    fail(Code::kValue, "[{}] expects a result of the tensor's own type {}, got {}", what,
         ir::to_string(target.type()), ir::to_string(value.type()));
  }
  if (class_of(value.dtype()) > class_of(target.dtype())) {
    fail(Code::kType, "[{}] expects a result that {} holds, got {}; write x = x ... instead", what,
         name(target.dtype()), ir::to_string(value.type()));
  }
  return cast_to(move_to(value, target.device(), what), target.dtype());
}

}  // namespace

bool is_temporary(PyObject* self, Py_ssize_t holders) {
#if PY_VERSION_HEX >= 0x030E0000
  if (holders == 1) return PyUnstable_Object_IsUniqueReferencedTemporary(self);
#endif
  return Py_REFCNT(self) <= holders;
}

bool is_view(PyObject* self) {
  return as_tensor(self)->tensor.object()->living_source() != nullptr;
}

void write(PyObject* self, const Tensor& value, std::string_view what, Py_ssize_t holders) {
  const Tensor& target = as_tensor(self)->tensor;
  bool view = is_view(self);
  if (view && is_temporary(self, holders)) {
    fail(Code::kRuntime,
         "[{}] expects a tensor that keeps what is written, got a view that no name holds: the "
         "write would be lost, as in Mycel a view is a value of its own. Write through the tensor "
         "itself, with one index (w[0, 1] = 5, not w[0][1] = 5)",
         what);
  }
  GradMode mode(context().grad_enabled && !as_tensor(self)->without_gradient);
  Tensor fitted = fit(target, value, what);
  target.assign(fitted);
  if (view) mark_sources(*target.object(), context().current_location());
}

}  // namespace mycel::python
