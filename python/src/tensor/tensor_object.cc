#include "python/src/tensor/tensor_object.h"

#include <new>

#include <fmt/format.h>

#include "mycel/ops/creation.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/trace.h"
#include "python/src/common/error.h"
#include "python/src/common/static_type.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {

static_assert(sizeof(Tensor) == sizeof(void*), "a handle is one pointer");

namespace {

// Freed tensor objects, kept for reuse: every eager operation makes and frees some.
constexpr int kMostKept = 256;
PyTensor* kept[kMostKept];
int num_kept = 0;

PyTensor* allocate() {
  if (num_kept > 0) {
    PyTensor* object = kept[--num_kept];
    (void)PyObject_Init(reinterpret_cast<PyObject*>(object), &tensor_type);
    return object;
  }
  return reinterpret_cast<PyTensor*>(check(tensor_type.tp_alloc(&tensor_type, 0)));
}

PyObject* fill(PyTensor* object, Tensor tensor) {
  auto* python = reinterpret_cast<PyObject*>(object);
  tensor.object()->wrapper = python;
  new (&object->tensor) Tensor(std::move(tensor));
  object->weak_references = nullptr;
  return python;
}

void deallocate(PyObject* self) {
  PyTensor* object = as_tensor(self);
  if (object->weak_references) PyObject_ClearWeakRefs(self);
  TensorImpl* value = object->tensor.object();
  if (value && value->wrapper == self) value->wrapper = nullptr;
  object->tensor.~Tensor();
  if (Py_TYPE(self) == &tensor_type && num_kept < kMostKept) {
    kept[num_kept++] = object;
  } else {
    Py_TYPE(self)->tp_free(self);
  }
}

// Returns the value of Tensor(...), as in PyTorch: that of a given tensor, data as float32, or
// zeros of the shape that the ints give, (0,) without arguments.
Tensor new_value(PyObject* arguments, const std::string& name) {
  Py_ssize_t count = PyTuple_GET_SIZE(arguments);
  PyObject* only = count == 1 ? PyTuple_GET_ITEM(arguments, 0) : nullptr;
  if (only && is_tensor(only)) return as_tensor(only)->tensor;
  Ints shape;
  if (count == 0) return zeros({0});
  if (!only && integers_from(arguments, shape)) return zeros(to_dims(shape));
  std::optional<int64_t> length = only ? integer_from(only) : std::nullopt;
  if (length && !PyBool_Check(only)) return zeros({*length});
  if (!only || number_from(only)) {
    fail(Code::kType,
         "[{}] expects data (a sequence, an array, a tensor), or ints for a shape, got {}; "
         "mc.tensor(2.5) makes a tensor of a number",
         name, only ? std::string(type_text(only)) : fmt::format("{} arguments", count));
  }
  return to_tensor(only, kDefaultFloat);
}

PyObject* make_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    std::string name = type == &tensor_type ? "Tensor" : type->tp_name;
    if (keywords && PyDict_GET_SIZE(keywords) > 0) {
      fail(Code::kType, "[{}] expects no arguments by name, got {}", name,
           PyDict_GET_SIZE(keywords));
    }
    Tensor value = new_value(arguments, name);
    auto* object = reinterpret_cast<PyTensor*>(check(type->tp_alloc(type, 0)));
    return fill(object, value.snapshot());
  });
}

constexpr char kDoc[] =
    "An n-dimensional array of one dtype. Make one with mc.tensor, mc.zeros, ...\n\n"
    "Views (x[0], x[1:], x.view(-1), x.T, x.detach(), ...) share its elements: a write to one of\n"
    "them (v[i] = 1, v += y, v.copy_(y)) is seen by the tensor and by all its views, as in NumPy\n"
    "and PyTorch. x.clone() has elements of its own.\n\n"
    "Example:\n"
    "    >>> x = mc.zeros(2)\n"
    "    >>> view, copy = x[0], x.clone()\n"
    "    >>> x += 5\n"
    "    >>> view, copy\n"
    "    (tensor(5.), tensor([0., 0.]))";

PyTypeObject make_type() {
  PyTypeObject type =
      static_type("mycel.Tensor", sizeof(PyTensor), kDoc, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE);
  type.tp_weaklistoffset = offsetof(PyTensor, weak_references);
  type.tp_new = make_new;
  type.tp_dealloc = deallocate;
  type.tp_repr = tensor_repr;
  type.tp_as_number = &tensor_number;
  type.tp_as_sequence = &tensor_sequence;
  type.tp_as_mapping = &tensor_mapping;
  type.tp_richcompare = tensor_compare;
  type.tp_hash = tensor_hash;
  type.tp_iter = tensor_iterator;
  type.tp_getset = tensor_attributes;
  type.tp_methods = tensor_methods;
  return type;
}

}  // namespace

PyTypeObject tensor_type = make_type();

void bind_tensor_type(nb::module_& module) {
  check_status(PyType_Ready(&tensor_type));
  module.attr("Tensor") = nb::handle(reinterpret_cast<PyObject*>(&tensor_type));
}

PyObject* wrap(Tensor tensor) {
  if (void* known = tensor.object()->wrapper) {
    return Py_NewRef(static_cast<PyObject*>(known));
  }
  return fill(allocate(), std::move(tensor));
}

PyObject* wrap_or_none(const Tensor& tensor) {
  return tensor.defined() ? wrap(tensor) : Py_NewRef(Py_None);
}

PyObject* wrap_all(const Tensors& tensors) {
  nb::object tuple = owned(PyTuple_New(static_cast<Py_ssize_t>(tensors.size())));
  for (size_t i = 0; i < tensors.size(); ++i) {
    PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i), wrap_or_none(tensors[i]));
  }
  return tuple.release().ptr();
}

Tensor tensor_of(NDArray array) {
  if (Trace* trace = context().trace) {
    return trace->wrap(trace->lift(Payload{std::move(array), nullptr, {}}));
  }
  return Tensor(std::move(array));
}

}  // namespace mycel::python
