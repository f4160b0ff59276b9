#include "python/src/common/dtype.h"

#include <nanobind/stl/string.h>

#include <utility>

#include "python/src/common/error.h"
#include "python/src/common/static_type.h"

namespace mycel::python {
namespace {

struct PyDType {
  PyObject_HEAD DType dtype;
};

extern PyTypeObject dtype_type;
PyDType* objects[kNumDTypes];

// PyTorch's short names.
constexpr std::pair<const char*, DType> kAliases[] = {
    {"half", DType::kFloat16}, {"float", DType::kFloat32}, {"double", DType::kFloat64},
    {"short", DType::kInt16},  {"int", DType::kInt32},     {"long", DType::kInt64},
};

DType dtype_of_object(PyObject* self) { return reinterpret_cast<PyDType*>(self)->dtype; }

PyObject* to_unicode(std::string_view text) {
  return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

PyObject* represent(PyObject* self) {
  return to_unicode("mc." + std::string(name(dtype_of_object(self))));
}

PyObject* compare(PyObject* self, PyObject* other, int comparison) {
  if (comparison != Py_EQ && comparison != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  return guarded([&]() -> PyObject* {
    std::optional<DType> its = dtype_from(other);
    bool equal = its && *its == dtype_of_object(self);
    return PyBool_FromLong(equal == (comparison == Py_EQ));
  });
}

// Hashes like its name, which it equals, so that a dict finds one by the other.
Py_hash_t hash(PyObject* self) {
  nb::object text = nb::steal(to_unicode(name(dtype_of_object(self))));
  return text ? PyObject_Hash(text.ptr()) : -1;
}

PyObject* get_name(PyObject* self, void*) { return to_unicode(name(dtype_of_object(self))); }
PyObject* get_itemsize(PyObject* self, void*) {
  return PyLong_FromLongLong(byte_size(dtype_of_object(self)));
}
PyObject* get_floating(PyObject* self, void*) {
  return PyBool_FromLong(is_floating(dtype_of_object(self)));
}
PyObject* get_signed(PyObject* self, void*) {
  DType dtype = dtype_of_object(self);
  return PyBool_FromLong(is_floating(dtype) || is_signed_integer(dtype));
}
// Pickled and copied by name: `mycel.float32`.
PyObject* reduce(PyObject* self, PyObject*) { return get_name(self, nullptr); }

PyGetSetDef attributes[] = {
    {"name", get_name, nullptr,
     "Its name.\n\n"
     "Example:\n"
     "    >>> mc.float32.name\n"
     "    'float32'",
     nullptr},
    {"itemsize", get_itemsize, nullptr,
     "Bytes of one element.\n\n"
     "Example:\n"
     "    >>> mc.float64.itemsize\n"
     "    8",
     nullptr},
    {"is_floating_point", get_floating, nullptr,
     "Whether it is a float.\n\n"
     "Example:\n"
     "    >>> mc.bfloat16.is_floating_point\n"
     "    True",
     nullptr},
    {"is_signed", get_signed, nullptr,
     "Whether it has negative values.\n\n"
     "Example:\n"
     "    >>> mc.uint8.is_signed\n"
     "    False",
     nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};
PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

constexpr char kDoc[] =
    "An element type: mc.float32, mc.int64, ... Equal to its name and to NumPy's dtype.\n\n"
    "Every `dtype` argument takes any of the three.\n\n"
    "Example:\n"
    "    >>> mc.zeros(2, dtype=\"int64\").dtype\n"
    "    mc.int64\n"
    "    >>> mc.float32 == \"float32\"\n"
    "    True";

PyTypeObject make_type() {
  PyTypeObject type = static_type("mycel.dtype", sizeof(PyDType), kDoc,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION);
  type.tp_repr = represent;
  type.tp_richcompare = compare;
  type.tp_hash = hash;
  type.tp_getset = attributes;
  type.tp_methods = methods;
  return type;
}

PyTypeObject dtype_type = make_type();

std::optional<DType> from_name(nb::handle text) {
  std::string_view word = nb::cast<const char*>(text);
  if (word.starts_with("mc.")) word.remove_prefix(3);
  return parse_dtype(word);
}

// numpy.dtype("float32") has `name`; numpy.float32, a class, has `__name__` and the module numpy.
std::optional<DType> from_numpy(nb::handle object) {
  if (PyType_Check(object.ptr())) {
    nb::object module = nb::getattr(object, "__module__", nb::none());
    if (!module.equal(nb::str("numpy"))) return std::nullopt;
    std::string word = nb::cast<std::string>(object.attr("__name__"));
    if (word == "bool_") word = "bool";
    return parse_dtype(word);
  }
  if (type_text(object).starts_with("numpy.dtype")) return from_name(object.attr("name"));
  return std::nullopt;
}

}  // namespace

void bind_dtypes(nb::module_& module) {
  check_status(PyType_Ready(&dtype_type));
  module.attr("dtype") = nb::handle(reinterpret_cast<PyObject*>(&dtype_type));
  for (int i = 0; i < kNumDTypes; ++i) {
    auto* object = reinterpret_cast<PyDType*>(check(dtype_type.tp_alloc(&dtype_type, 0)));
    object->dtype = static_cast<DType>(i);
    objects[i] = object;
    module.attr(std::string(name(object->dtype)).c_str()) =
        nb::handle(reinterpret_cast<PyObject*>(object));
  }
  for (auto [alias, dtype] : kAliases) module.attr(alias) = nb::handle(dtype_object(dtype));
}

PyObject* dtype_object(DType dtype) {
  return reinterpret_cast<PyObject*>(objects[static_cast<int>(dtype)]);
}

bool is_dtype(PyObject* object) { return Py_IS_TYPE(object, &dtype_type); }

std::optional<DType> dtype_from(PyObject* object) {
  if (is_dtype(object)) return dtype_of_object(object);
  if (PyUnicode_Check(object)) return from_name(object);
  auto* type = reinterpret_cast<PyTypeObject*>(object);
  if (type == &PyFloat_Type) return kDefaultFloat;
  if (type == &PyLong_Type) return kDefaultInt;
  if (type == &PyBool_Type) return DType::kBool;
  return from_numpy(object);
}

DType require_dtype(PyObject* object, std::string_view op) {
  if (std::optional<DType> dtype = dtype_from(object)) return *dtype;
  std::string given = nb::cast<std::string>(nb::str(nb::repr(object)));
  fail(Code::kType, "[{}] expects dtype to be one of Mycel's (mc.float32, mc.int64, ...), got {}",
       op, given);
}

}  // namespace mycel::python
