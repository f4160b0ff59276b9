// The slots of the Tensor type for x[key], x[key] = v, iteration, len and in.
#include <algorithm>

#include "mycel/ops/number_operand.h"
#include "mycel/ops/subscript.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/to_device.h"
#include "mycel/tensor/trace.h"
#include "python/src/common/error.h"
#include "python/src/operators/callable.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

[[noreturn]] void fail_entry(PyObject* object) {
  fail(Code::kType,
       "[index] expects ints, slices, None, ..., and integer or boolean tensors, got {}",
       type_text(object));
}

std::optional<int64_t> bound_from(PyObject* object) {
  if (object == Py_None) return std::nullopt;
  if (!PyIndex_Check(object)) {
    fail(Code::kType, "[index] expects slices of ints, got {}", type_text(object));
  }
  nb::object number = owned(PyNumber_Index(object));
  int overflow;
  long long value = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  return overflow > 0 ? INT64_MAX : overflow < 0 ? INT64_MIN + 1 : value;
}

Subscript range_from(PyObject* object) {
  auto* slice = reinterpret_cast<PySliceObject*>(object);
  return Subscript::range(bound_from(slice->start), bound_from(slice->stop),
                          bound_from(slice->step));
}

// Returns the array of a tensor whose elements are known: one outside a trace, or one made from
// numbers inside it. nullptr for others.
const NDArray* known_array(const Tensor& tensor) {
  if (!tensor.is_traced()) return &tensor.array("index");
  const Payload& payload = tensor.object()->state.payload;
  if (!payload.is_traced() || payload.traced->producer()) return nullptr;
  const Trace& trace = *payload.trace;
  size_t number = payload.traced->index();
  const std::vector<TraceInput>& inputs = trace.inputs();
  if (number >= inputs.size() || inputs[number].kind != TraceInput::Kind::kForeign) return nullptr;
  const Payload& foreign = trace.foreign()[inputs[number].index];
  return foreign.is_traced() ? nullptr : &foreign.array;
}

// Converts positions and masks, and moves them to the device, as PyTorch does.
Subscript array_from(PyObject* object, Device device) {
  Tensor array = is_tensor(object) ? as_tensor(object)->tensor : to_tensor(object);
  bool empty_list = !is_tensor(object) && num_elements(array.shape()) == 0;
  if (empty_list && is_floating(array.dtype())) array = to_tensor(object, DType::kInt64);
  if (is_floating(array.dtype())) {
    fail(Code::kIndex, "[index] expects integer or boolean tensors, got {}",
         ir::to_string(array.type()));
  }
  if (array.dtype() == DType::kUInt8 && array.rank() > 0) {
    check_status(PyErr_WarnEx(PyExc_UserWarning,
                              "indexing with a uint8 tensor takes it for a mask, as PyTorch does; "
                              "write mask.bool(), or positions.long()",
                              1));
    array = cast_to(array, DType::kBool);
  }
  // A number whose value is known needs no gather and gives a view.
  const NDArray* known = nullptr;
  if (array.rank() == 0 && array.dtype() != DType::kBool) known = known_array(array);
  if (!known) return Subscript::by(to_device(array, device, "index"));
  nb::object number = owned(element_to_python(context().engine->to_host(*known), 0));
  std::optional<int64_t> position = integer_from(number.ptr());
  return position ? Subscript::at(*position) : Subscript::by(to_device(array, device, "index"));
}

Subscript entry_from(PyObject* object, Device device) {
  if (object == Py_None) return Subscript::new_axis();
  if (object == Py_Ellipsis) return Subscript::ellipsis();
  if (PySlice_Check(object)) return range_from(object);
  if (PyBool_Check(object)) fail_entry(object);
  if (std::optional<int64_t> number = integer_from(object)) return Subscript::at(*number);
  bool array = is_tensor(object) || PyList_Check(object) || PyTuple_Check(object) ||
               PyRange_Check(object) || PyObject_CheckBuffer(object) ||
               PyObject_HasAttrString(object, "__array__");
  if (!array || PyUnicode_Check(object) || PyBytes_Check(object)) fail_entry(object);
  return array_from(object, device);
}

// Converts the key of a tensor on a device.
Subscripts entries_from(PyObject* key, Device device) {
  if (!PyTuple_Check(key)) return {entry_from(key, device)};
  Subscripts entries;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) {
    entries.push_back(entry_from(PyTuple_GET_ITEM(key, i), device));
  }
  return entries;
}

PyObject* get_item(PyObject* self, PyObject* key) {
  return guarded([&] {
    const Tensor& x = as_tensor(self)->tensor;
    return wrap(subscript(x, entries_from(key, x.device())));
  });
}

int set_item(PyObject* self, PyObject* key, PyObject* value) {
  int status = guarded(
      [&] {
        if (!value) fail(Code::kType, "[index] expects an assignment: elements cannot be deleted");
        const Tensor& x = as_tensor(self)->tensor;
        std::optional<ir::Scalar> number;
        if (beyond_int64(value) == 0) number = number_from(value);
        if (number) check_holds("index", x.dtype(), *number);
        Tensor given = is_tensor(value) ? as_tensor(value)->tensor : to_tensor(value, x.dtype());
        write_subscript(x, entries_from(key, x.device()), to_device(given, x.device(), "index"));
        return 0;
      },
      -1);
  if (status < 0) raise_to_user("index");
  return status;
}

Py_ssize_t length(PyObject* self) {
  return guarded(
      [&]() -> Py_ssize_t {
        const Tensor& x = as_tensor(self)->tensor;
        if (x.rank() == 0) fail(Code::kType, "[len] expects a tensor of at least 1 dim, got 0-d");
        return x.shape()[0];
      },
      Py_ssize_t{-1});
}

PyObject* item_at(PyObject* self, Py_ssize_t i) {
  return guarded([&] { return wrap(subscript(as_tensor(self)->tensor, {Subscript::at(i)})); });
}

int contains(PyObject* self, PyObject* value) {
  return guarded(
      [&] {
        Tensor equal = callable("equal").value_of_binary(self, value);
        if (!equal.defined()) {
          fail(Code::kType, "[in] expects a number or a tensor, got {}", type_text(value));
        }
        NDArray host = contiguous(host_array(equal, "in"));
        const bool* found = host.data<bool>();
        return std::find(found, found + host.size(), true) != found + host.size() ? 1 : 0;
      },
      -1);
}

}  // namespace

PySequenceMethods tensor_sequence = {length,  nullptr, nullptr,  item_at, nullptr,
                                     nullptr, nullptr, contains, nullptr, nullptr};
PyMappingMethods tensor_mapping = {length, get_item, set_item};

PyObject* tensor_iterator(PyObject* self) {
  return guarded([&] {
    const Tensor& x = as_tensor(self)->tensor;
    if (x.rank() == 0) fail(Code::kType, "[iter] expects a tensor of at least 1 dim, got 0-d");
    if (!x.dim(0).is_constant()) {
      fail(Code::kCompile, "[iter] expects a tensor whose first extent is known, got {}",
           ir::to_string(x.type()));
    }
    return PySeqIter_New(self);
  });
}

}  // namespace mycel::python
