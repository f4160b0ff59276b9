// Attributes of the Tensor type.
#include "mycel/ops/reshape.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/view.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

const Tensor& of(PyObject* self) { return as_tensor(self)->tensor; }

PyObject* get_shape(PyObject* self, void*) {
  return guarded([&] { return integers_to(of(self).shape()); });
}
PyObject* get_dtype(PyObject* self, void*) {
  return guarded([&] { return Py_NewRef(dtype_object(of(self).dtype())); });
}
PyObject* get_device(PyObject* self, void*) {
  return guarded([&] { return nb::cast(of(self).device()).release().ptr(); });
}
PyObject* get_ndim(PyObject* self, void*) {
  return guarded([&] { return PyLong_FromSize_t(of(self).rank()); });
}
PyObject* get_itemsize(PyObject* self, void*) {
  return guarded([&] { return PyLong_FromLongLong(byte_size(of(self).dtype())); });
}
PyObject* get_nbytes(PyObject* self, void*) {
  return guarded([&] {
    return PyLong_FromLongLong(num_elements(of(self).shape()) * byte_size(of(self).dtype()));
  });
}

// Reverses the order of the dims.
PyObject* get_transposed(PyObject* self, void*) {
  return guarded([&] {
    Ints order;
    for (size_t i = of(self).rank(); i > 0; --i) order.push_back(static_cast<int64_t>(i - 1));
    return wrap(permute(as_tensor(self)->tensor, order));
  });
}
PyObject* get_matrix_transposed(PyObject* self, void*) {
  return guarded([&] {
    if (of(self).rank() < 2) {
      fail(Code::kValue, "[mT] expects a tensor of at least 2 dims, got {}",
           ir::to_string(of(self).type()));
    }
    return wrap(transpose(as_tensor(self)->tensor, -2, -1));
  });
}

PyObject* get_requires_grad(PyObject* self, void*) {
  return guarded([&] { return PyBool_FromLong(of(self).requires_grad()); });
}
int set_requires_grad(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        if (!value || !PyBool_Check(value)) {
          fail(Code::kType, "[requires_grad] expects True or False, got {}",
               value ? type_text(value) : "nothing");
        }
        of(self).set_requires_grad(value == Py_True);
        return 0;
      },
      -1);
}

PyObject* get_grad(PyObject* self, void*) {
  return guarded([&] { return wrap_or_none(of(self).grad()); });
}
int set_grad(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        if (value && value != Py_None && !is_tensor(value)) {
          fail(Code::kType, "[grad] expects a tensor or None, got {}", type_text(value));
        }
        of(self).set_grad(value && value != Py_None ? of(value) : Tensor());
        return 0;
      },
      -1);
}

PyObject* get_data(PyObject* self, void*) {
  return guarded([&] { return wrap(of(self).detach()); });
}
int set_data(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        if (!value || !is_tensor(value)) fail(Code::kType, "[data] expects a tensor");
        replace_value(of(self), of(value));
        return 0;
      },
      -1);
}

PyObject* get_is_leaf(PyObject* self, void*) {
  return guarded([&] { return PyBool_FromLong(of(self).is_leaf()); });
}

PyObject* get_name(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    const std::string& name = of(self).object()->name;
    if (name.empty()) Py_RETURN_NONE;
    return PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
  });
}
int set_name(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        if (!value || !PyUnicode_Check(value)) fail(Code::kType, "[name] expects a str");
        of(self).object()->name = check_text(value);
        return 0;
      },
      -1);
}

}  // namespace

// Hashes by identity, which is equality for Python's containers.
Py_hash_t tensor_hash(PyObject* self) {
  auto address = reinterpret_cast<size_t>(of(self).object());
  return static_cast<Py_hash_t>(address >> 4);
}

PyGetSetDef tensor_attributes[] = {
    {"shape", get_shape, nullptr,
     "The extent of each dim, a tuple of ints; () for a single number.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).shape\n"
     "    (2, 3)",
     nullptr},
    {"dtype", get_dtype, nullptr,
     "The type of every element: mc.float32, mc.int64, ...\n\n"
     "Example:\n"
     "    >>> mc.tensor([1, 2]).dtype\n"
     "    mc.int64",
     nullptr},
    {"device", get_device, nullptr,
     "Where the elements are.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, device=\"cpu\").device\n"
     "    device(\"cpu\")",
     nullptr},
    {"ndim", get_ndim, nullptr,
     "The number of dims.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).ndim\n"
     "    2",
     nullptr},
    {"itemsize", get_itemsize, nullptr,
     "Bytes of one element.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).itemsize\n"
     "    4",
     nullptr},
    {"nbytes", get_nbytes, nullptr,
     "Bytes of all elements, of a view those that it shows.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).nbytes\n"
     "    24",
     nullptr},
    {"T", get_transposed, nullptr,
     "The tensor with its dims in reverse order, a view.\n\n"
     "Example:\n"
     "    >>> mc.tensor([[1, 2], [3, 4]]).T\n"
     "    tensor([[1, 3],\n"
     "            [2, 4]])",
     nullptr},
    {"mT", get_matrix_transposed, nullptr,
     "The tensor with its last two dims swapped, a view: each matrix of a batch transposed.\n\n"
     "Raises ValueError for a tensor of less than 2 dims.\n\n"
     "Example:\n"
     "    >>> mc.zeros(5, 2, 3).mT.shape\n"
     "    (5, 3, 2)",
     nullptr},
    {"requires_grad", get_requires_grad, set_requires_grad,
     "Whether operations on it are recorded for backward(); may be set.\n\n"
     "True needs a floating-point dtype, else RuntimeError is raised.\n\n"
     "Example:\n"
     "    >>> x = mc.tensor([1., 2.], requires_grad=True)\n"
     "    >>> (x * 2).requires_grad\n"
     "    True",
     nullptr},
    {"grad", get_grad, set_grad,
     "The gradient that backward() added up here, or None; may be set.\n\n"
     "It has the shape and dtype of the tensor. Only leaves keep one.\n\n"
     "Example:\n"
     "    >>> x = mc.tensor([1., 2.], requires_grad=True)\n"
     "    >>> (x * x).sum().backward()\n"
     "    >>> x.grad\n"
     "    tensor([2., 4.])",
     nullptr},
    {"data", get_data, set_data,
     "A view of all elements that no gradient passes through, as detach() gives it; may be set.\n\n"
     "Writing to it writes to this tensor without a record. Setting it gives the tensor the value\n"
     "of another one, also of another shape or dtype; views that were made before keep the old\n"
     "value, and later writes to one of the two leave the other alone.\n\n"
     "Example:\n"
     "    >>> x = mc.tensor([1., 2.], requires_grad=True)\n"
     "    >>> x.data = mc.tensor([3., 4.])\n"
     "    >>> x\n"
     "    tensor([3., 4.], requires_grad=True)",
     nullptr},
    {"is_leaf", get_is_leaf, nullptr,
     "Whether no recorded operation made it: backward() leaves gradients at leaves.\n\n"
     "Example:\n"
     "    >>> x = mc.tensor(1., requires_grad=True)\n"
     "    >>> x.is_leaf, (x * 2).is_leaf\n"
     "    (True, False)",
     nullptr},
    {"name", get_name, set_name,
     "A name for messages and programs as text, or None; may be set.\n\n"
     "Example:\n"
     "    >>> x = mc.zeros(2)\n"
     "    >>> x.name = \"weight\"\n"
     "    >>> x.name\n"
     "    'weight'",
     nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

}  // namespace mycel::python
