#include "python/src/arrays/import_array.h"

#include <nanobind/stl/string.h>

#include "python/src/common/error.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

// Converts a format of the struct module, in native byte order, to a dtype.
std::optional<DType> dtype_of_format(const char* format, Py_ssize_t itemsize) {
  if (!format) return DType::kUInt8;
  if (*format == '@' || *format == '=' || *format == '<') ++format;
  if (format[0] == '\0' || format[1] != '\0') return std::nullopt;
  auto sized = [itemsize](DType one, DType two, DType four, DType eight) -> std::optional<DType> {
    switch (itemsize) {
      case 1:
        return one;
      case 2:
        return two;
      case 4:
        return four;
      case 8:
        return eight;
      default:
        return std::nullopt;
    }
  };
  switch (*format) {
    case '?':
      return DType::kBool;
    case 'b':
    case 'h':
    case 'i':
    case 'l':
    case 'q':
    case 'n':
      return sized(DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64);
    case 'B':
    case 'H':
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
      return sized(DType::kUInt8, DType::kUInt16, DType::kUInt32, DType::kUInt64);
    case 'e':
      return DType::kFloat16;
    case 'f':
      return DType::kFloat32;
    case 'd':
      return DType::kFloat64;
    default:
      return std::nullopt;
  }
}

[[noreturn]] void fail_dtype(nb::handle dtype) {
  fail(Code::kType, "[tensor] expects an array of a dtype that Mycel has, got {}",
       nb::cast<std::string>(nb::str(dtype)));
}

class View {
 public:
  explicit View(PyObject* object) {
    if (PyObject_GetBuffer(object, &view_, PyBUF_STRIDES | PyBUF_FORMAT) == 0) return;
    // NumPy cannot describe dates in a buffer.
    if (!PyErr_ExceptionMatches(PyExc_ValueError)) nb::raise_python_error();
    nb::python_error error;
    if (!nb::hasattr(object, "dtype")) throw error;
    fail_dtype(nb::getattr(object, "dtype"));
  }
  View(const View&) = delete;
  ~View() { PyBuffer_Release(&view_); }
  const Py_buffer& operator*() const { return view_; }

 private:
  Py_buffer view_{};
};

// Whether read-only memory can never change, because it belongs to a bytes object. A read-only
// array may be a view of a writable one, become writable again, or map a file.
bool is_immutable(const Py_buffer& view) {
  nb::object owner = nb::borrow(view.obj);
  while (owner && !PyBytes_Check(owner.ptr())) {
    const char* holder = PyMemoryView_Check(owner.ptr()) ? "obj" : "base";
    owner = nb::getattr(owner, holder, nb::none());
    if (owner.is_none()) return false;
  }
  return owner.is_valid();
}

ForeignArray foreign_of(const Py_buffer& view) {
  std::optional<DType> dtype = dtype_of_format(view.format, view.itemsize);
  if (!dtype || view.itemsize != byte_size(*dtype)) {
    fail_dtype(nb::getattr(nb::handle(view.obj), "dtype", nb::str(view.format)));
  }
  return {view.buf, *dtype, Shape(view.shape, view.shape + view.ndim),
          Strides(view.strides, view.strides + view.ndim), !view.readonly || !is_immutable(view)};
}

NDArray import_buffer(PyObject* object, CopyMode mode) {
  std::shared_ptr<View> view(new View(object),
                             [](View* held) { with_interpreter([held] { delete held; }); });
  return adopt(foreign_of(**view), mode, view, "tensor");
}

[[noreturn]] void fail_unknown(PyObject* object) {
  fail(Code::kType,
       "[tensor] expects numbers, nested sequences of numbers, an array or a tensor, got {}",
       type_text(object));
}

bool is_list(PyObject* object) { return PyList_Check(object) || PyTuple_Check(object); }

// Returns the first item in nested lists that is neither a number nor an array, or nullptr.
PyObject* find_foreign(PyObject* object) {
  if (!is_list(object)) {
    bool known = PyBool_Check(object) || PyLong_Check(object) || PyFloat_Check(object) ||
                 is_tensor(object) || PyObject_HasAttrString(object, "__array__");
    return known ? nullptr : object;
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
    if (PyObject* found = find_foreign(PySequence_Fast_GET_ITEM(object, i))) return found;
  }
  return nullptr;
}

nb::object asarray(PyObject* object) {
  try {
    return nb::module_::import_("numpy").attr("asarray")(nb::handle(object));
  } catch (nb::python_error& error) {
    if (!is_list(object) || !error.matches(PyExc_ValueError)) throw;
    fail(Code::kValue, "[tensor] expects arrays of one shape in a list, got different shapes");
  }
}

// Converts an object that is not an array itself (one with __array__, a list of arrays) with NumPy.
nb::object as_numpy(PyObject* object) {
  if (is_list(object)) {
    if (PyObject* foreign = find_foreign(object)) {
      fail(Code::kType, "[tensor] expects numbers, arrays or tensors in a {}, got {}",
           type_text(object), type_text(foreign));
    }
  }
  bool array_like = PyObject_HasAttrString(object, "__array__") || is_list(object) ||
                    PyObject_HasAttrString(object, "__array_interface__");
  if (!array_like) fail_unknown(object);
  return asarray(object);
}

}  // namespace

NDArray import_array(PyObject* object, CopyMode mode) {
  if (PyUnicode_Check(object) || PyBytes_Check(object)) fail_unknown(object);
  if (PyObject_CheckBuffer(object)) return import_buffer(object, mode);
  if (PyObject_HasAttrString(object, "__dlpack__")) return import_dlpack(object, mode);
  nb::object array = as_numpy(object);
  return import_buffer(array.ptr(), mode);
}

}  // namespace mycel::python
