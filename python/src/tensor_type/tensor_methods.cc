// Methods of the Tensor type that are not operations. Rarely called ones are written in Python
// (mycel/_tensor.py).
#include "mycel/ops/creation.h"
#include "mycel/ops/number_operand.h"
#include "mycel/ops/reshape.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/to_device.h"
#include "mycel/tensor/view.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/error.h"
#include "python/src/common/imported.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor/wide_number.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

const Tensor& of(PyObject* self) { return as_tensor(self)->tensor; }

PyObject* item(PyObject* self, PyObject*) {
  return guarded([&] { return only_element(of(self), "item"); });
}

PyObject* tolist(PyObject* self, PyObject*) {
  return guarded([&] { return to_lists(host_array(of(self), "tolist")); });
}

NDArray exportable(PyObject* self, std::string_view what) {
  const Tensor& tensor = of(self);
  NDArray host = host_array(tensor, what);
  if (tensor.requires_grad()) {
    fail(Code::kRuntime,
         "[{}] expects a tensor without gradient, as the array would lose it, got {} with "
         "requires_grad=True; write x.detach().numpy()",
         what, ir::to_string(tensor.type()));
  }
  return host;
}

PyObject* numpy(PyObject* self, PyObject*) {
  return guarded([&] { return export_numpy(exportable(self, "numpy")); });
}

PyObject* array(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"dtype", "copy", nullptr};
    PyObject *dtype = Py_None, *copy = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|OO:__array__",
                                     const_cast<char**>(names), &dtype, &copy)) {
      return nullptr;
    }
    nb::object result = nb::steal(export_numpy(exportable(self, "numpy")));
    if (dtype != Py_None)
      result = result.attr("astype")(nb::handle(dtype), nb::arg("copy") = false);
    if (copy == Py_True) result = result.attr("copy")();
    return result.release().ptr();
  });
}

PyObject* dlpack(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"stream", "max_version", "dl_device", "copy", nullptr};
    PyObject *stream = Py_None, *max_version = Py_None, *device = Py_None, *copy = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$OOOO:__dlpack__",
                                     const_cast<char**>(names), &stream, &max_version, &device,
                                     &copy)) {
      return nullptr;
    }
    bool versioned = PyTuple_Check(max_version) && PyTuple_GET_SIZE(max_version) > 0 &&
                     PyLong_AsLong(PyTuple_GET_ITEM(max_version, 0)) >= 1;
    return export_dlpack(exportable(self, "__dlpack__"), versioned, copy == Py_True);
  });
}

PyObject* dlpack_device(PyObject*, PyObject*) { return Py_BuildValue("(ii)", 1, 0); }

PyObject* size(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"dim", nullptr};
    PyObject* given = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:size", const_cast<char**>(names),
                                     &given)) {
      return nullptr;
    }
    Shape shape = of(self).shape();
    if (given == Py_None) return integers_to(shape);
    std::optional<int64_t> dim = integer_from(given);
    if (!dim) fail(Code::kType, "[size] expects dim to be an int, got {}", type_text(given));
    return PyLong_FromLongLong(
        shape[static_cast<size_t>(normalize_axis(*dim, shape.size(), "size"))]);
  });
}

PyObject* numel(PyObject* self, PyObject*) {
  return guarded([&] { return PyLong_FromLongLong(num_elements(of(self).shape())); });
}

PyObject* dim(PyObject* self, PyObject*) {
  return guarded([&] { return PyLong_FromSize_t(of(self).rank()); });
}

PyObject* detach(PyObject* self, PyObject*) {
  return guarded([&] { return wrap(of(self).detach()); });
}

PyObject* requires_grad_(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"requires_grad", nullptr};
    int value = 1;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|p:requires_grad_",
                                     const_cast<char**>(names), &value)) {
      return nullptr;
    }
    of(self).set_requires_grad(value != 0);
    return Py_NewRef(self);
  });
}

PyObject* backward(PyObject* self, PyObject* arguments, PyObject* keywords) {
  PyObject* result = guarded([&]() -> PyObject* {
    static const char* names[] = {"gradient", "retain_graph", "create_graph", nullptr};
    PyObject* gradient = Py_None;
    PyObject* retain_graph = Py_None;
    int create_graph = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|OOp:backward",
                                     const_cast<char**>(names), &gradient, &retain_graph,
                                     &create_graph)) {
      return nullptr;
    }
    if (gradient != Py_None && !is_tensor(gradient)) {
      fail(Code::kType, "[backward] expects gradient to be a tensor, got {}", type_text(gradient));
    }
    Tensor cotangent = gradient == Py_None ? Tensor() : as_tensor(gradient)->tensor;
    bool retain = is_true(retain_graph);
    of(self).backward(cotangent, retain, create_graph != 0);
    Py_RETURN_NONE;
  });
  if (!result) raise_to_user("backward");
  return result;
}

void write_number(const Tensor& target, const ir::Scalar& number) {
  write_elements(target, expand(scalar_like(target, number, target.dtype()), target.dims()));
}

// Writes `value`, of any dtype, to the elements of `self`.
PyObject* write_converted(PyObject* self, PyObject* value, std::string_view what) {
  const Tensor& target = of(self);
  if (is_tensor(value)) {
    Tensor cast = cast_to(to_device(of(value), target.device(), what), target.dtype());
    write_elements(target, cast.dims() == target.dims() ? cast : expand(cast, target.dims()));
    return Py_NewRef(self);
  }
  if (beyond_int64(value) != 0) {
    TypedNumber wide = require_wide_number(what, value, target.dtype());
    Tensor one = cast_to(scalar_like(target, wide.value, wide.dtype), target.dtype());
    write_elements(target, expand(one, target.dims()));
    return Py_NewRef(self);
  }
  std::optional<ir::Scalar> number = number_from(value);
  if (!number) {
    fail(Code::kType, "[{}] expects a tensor or a number, got {}", what, type_text(value));
  }
  check_holds(what, target.dtype(), *number);
  write_number(target, *number);
  return Py_NewRef(self);
}

PyObject* copy_(PyObject* self, PyObject* value) {
  return guarded([&] { return write_converted(self, value, "copy_"); });
}
PyObject* fill_(PyObject* self, PyObject* value) {
  return guarded([&] { return write_converted(self, value, "fill_"); });
}
PyObject* zero_(PyObject* self, PyObject*) {
  return guarded([&] {
    write_number(of(self), int64_t{0});
    return Py_NewRef(self);
  });
}

template <class F>
PyCFunction function(F* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

}  // namespace

PyObject* tensor_repr(PyObject* self) {
  return guarded([&] {
    static constinit Imported format{"mycel._repr", "tensor_text"};
    return check(PyObject_CallOneArg(format.get(), self));
  });
}

PyMethodDef tensor_methods[] = {
    {"item", item, METH_NOARGS,
     "item($self)\n--\n\n"
     "The only element as a Python number.\n\n"
     "Raises ValueError if there are more or none, CompileError while a function is compiled.\n\n"
     "Example:\n"
     "    >>> mc.tensor([2.5]).item()\n"
     "    2.5"},
    {"tolist", tolist, METH_NOARGS,
     "tolist($self)\n--\n\n"
     "The elements as nested lists of Python numbers; of a 0-d tensor the number.\n\n"
     "Example:\n"
     "    >>> mc.tensor([[1, 2], [3, 4]]).tolist()\n"
     "    [[1, 2], [3, 4]]"},
    {"numpy", numpy, METH_NOARGS,
     "numpy($self)\n--\n\n"
     "A read-only NumPy array of this value; later writes to the tensor do not change it.\n\n"
     "No element is copied on the CPU. Raises RuntimeError for a tensor that requires a\n"
     "gradient: write x.detach().numpy().\n\n"
     "Example:\n"
     "    >>> mc.tensor([1, 2]).numpy()\n"
     "    array([1, 2])"},
    {"__array__", function(array), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"__dlpack__", function(dlpack), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"__dlpack_device__", dlpack_device, METH_NOARGS, nullptr},
    {"size", function(size), METH_VARARGS | METH_KEYWORDS,
     "size($self, dim=None)\n--\n\n"
     "The shape, or the extent of one dim.\n\n"
     "Raises IndexError for a dim that there is not.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).size(), mc.zeros(2, 3).size(-1)\n"
     "    ((2, 3), 3)"},
    {"numel", numel, METH_NOARGS,
     "numel($self)\n--\n\n"
     "The number of elements.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).numel()\n"
     "    6"},
    {"dim", dim, METH_NOARGS,
     "dim($self)\n--\n\n"
     "The number of dims.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 3).dim()\n"
     "    2"},
    {"detach", detach, METH_NOARGS,
     "detach($self)\n--\n\n"
     "A view of all elements that no gradient passes through.\n\n"
     "Writing to it writes to this tensor, and leaves its gradient as it was.\n\n"
     "Example:\n"
     "    >>> x = mc.tensor(2., requires_grad=True)\n"
     "    >>> (x * x.detach()).backward()\n"
     "    >>> x.grad\n"
     "    tensor(2.)"},
    {"requires_grad_", function(requires_grad_), METH_VARARGS | METH_KEYWORDS,
     "requires_grad_($self, requires_grad=True)\n--\n\n"
     "Sets requires_grad, and returns the tensor.\n\n"
     "Raises RuntimeError for a dtype that is no float.\n\n"
     "Example:\n"
     "    >>> mc.ones(2).requires_grad_()\n"
     "    tensor([1., 1.], requires_grad=True)"},
    {"backward", function(backward), METH_VARARGS | METH_KEYWORDS,
     "backward($self, gradient=None, retain_graph=None, create_graph=False)\n--\n\n"
     "Adds the gradient of this tensor to the `.grad` of every leaf it depends on.\n\n"
     "A tensor of several elements needs `gradient`, of its own shape: what each element weighs.\n"
     "With create_graph=True the gradients can be differentiated again; retain_graph=True keeps\n"
     "what the forward pass saved, for another backward().\n\n"
     "Example:\n"
     "    >>> x = mc.tensor(3., requires_grad=True)\n"
     "    >>> (x * x).backward()\n"
     "    >>> x.grad\n"
     "    tensor(6.)"},
    {"copy_", copy_, METH_O,
     "copy_($self, other, /)\n--\n\n"
     "Takes the value of a tensor or number, cast and expanded to this one's type.\n\n"
     "Returns the tensor. Raises ValueError for a shape that does not expand to this one.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2, 2).copy_(mc.tensor([5, 6]))\n"
     "    tensor([[5., 6.],\n"
     "            [5., 6.]])"},
    {"fill_", fill_, METH_O,
     "fill_($self, value, /)\n--\n\n"
     "Sets every element to a number, and returns the tensor.\n\n"
     "Example:\n"
     "    >>> mc.zeros(2).fill_(3)\n"
     "    tensor([3., 3.])"},
    {"zero_", zero_, METH_NOARGS,
     "zero_($self)\n--\n\n"
     "Sets every element to 0, and returns the tensor.\n\n"
     "Example:\n"
     "    >>> mc.ones(2).zero_()\n"
     "    tensor([0., 0.])"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace mycel::python
