// Converts numbers, nested sequences and arrays to tensors, for mc.tensor.
#include <cmath>
#include <limits>

#include "mycel/core/narrow.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/engine.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

constexpr int kMostNested = 32;

bool is_sequence(PyObject* object) { return PyList_Check(object) || PyTuple_Check(object); }

// Returns the kind of a Python number. NumPy scalars are small arrays and keep their dtype.
std::optional<DTypeClass> kind_of_number(PyObject* object) {
  if (PyBool_Check(object)) return DTypeClass::kBool;
  if (PyLong_Check(object)) return DTypeClass::kSigned;
  if (PyFloat_CheckExact(object)) return DTypeClass::kFloat;
  return std::nullopt;
}

// Finds the shape of nested sequences and the highest kind of number in them. `plain` is false if
// they hold anything but numbers.
struct Survey {
  Shape shape;
  DTypeClass kind = DTypeClass::kBool;
  bool plain = true;

  void visit(PyObject* object, size_t depth) {
    if (!plain) return;
    if (!is_sequence(object)) {
      std::optional<DTypeClass> number = kind_of_number(object);
      if (!number) {
        plain = false;
      } else if (depth != shape.size()) {
        fail_ragged(depth);
      } else {
        kind = std::max(kind, *number);
      }
      return;
    }
    if (depth >= kMostNested) {
      fail(Code::kValue, "[tensor] expects at most {} nested sequences", kMostNested);
    }
    Py_ssize_t size = PySequence_Fast_GET_SIZE(object);
    if (depth == shape.size() && !closed_) {
      shape.push_back(size);
    } else if (depth >= shape.size() || shape[depth] != size) {
      fail_ragged(depth);
    }
    for (Py_ssize_t i = 0; i < size; ++i) {
      visit(PySequence_Fast_GET_ITEM(object, i), depth + 1);
    }
    if (depth + 1 == shape.size()) closed_ = true;  // the first innermost sequence is done
  }

 private:
  [[noreturn]] void fail_ragged(size_t depth) {
    fail(Code::kValue,
         "[tensor] expects nested sequences of equal lengths, got different ones at depth {}",
         depth);
  }
  bool closed_ = false;
};

template <class T>
T element_from(PyObject* object, DType dtype) {
  if constexpr (std::is_same_v<T, uint64_t>) {
    if (PyLong_Check(object)) {
      uint64_t value = PyLong_AsUnsignedLongLong(object);
      if (!PyErr_Occurred()) return value;
      PyErr_Clear();
    }
  }
  // The survey found only numbers.
  ir::Scalar number = *number_from(object);  // NOLINT(bugprone-unchecked-optional-access)
  if constexpr (std::is_same_v<T, bool>) {
    return ir::to_double(number) != 0;
  } else if constexpr (std::is_integral_v<T>) {
    int64_t value = ir::to_int(number);
    bool fits = std::is_same_v<T, uint64_t>
                    ? value >= 0
                    : value >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
                          value <= static_cast<int64_t>(std::numeric_limits<T>::max());
    if (!fits)
      fail(Code::kValue, "[tensor] expects numbers that {} holds, got {}", name(dtype), value);
    return static_cast<T>(value);
  } else {
    return std::visit([](auto v) { return convert_number<T>(v); }, number);
  }
}

template <class T>
void fill(PyObject* object, DType dtype, T*& next) {
  if (!is_sequence(object)) {
    *next++ = element_from<T>(object, dtype);
    return;
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
    fill(PySequence_Fast_GET_ITEM(object, i), dtype, next);
  }
}

DType default_dtype(const Survey& survey) {
  bool empty = num_elements(survey.shape) == 0;
  if (empty || survey.kind == DTypeClass::kFloat) return kDefaultFloat;
  return survey.kind == DTypeClass::kBool ? DType::kBool : kDefaultInt;
}

// Whether it is a sequence other than a list or tuple, such as collections.deque.
bool is_other_sequence(PyObject* object) {
  return PySequence_Check(object) && !is_tensor(object) && !PyUnicode_Check(object) &&
         !PyObject_CheckBuffer(object) && !PyObject_HasAttrString(object, "__array__") &&
         !PyObject_HasAttrString(object, "__dlpack__");
}

// Converts nested sequences of any kind, with 0-d tensors and NumPy scalars among their numbers, to
// lists of Python numbers. `dtype` is the dtype to which all promote; a Python number counts with
// its default dtype.
class Simplified {
 public:
  // Returns an invalid object if anything else is found.
  nb::object visit(PyObject* object, int depth = 0) {
    if (std::optional<DTypeClass> kind = kind_of_number(object)) {
      meet(*kind == DTypeClass::kFloat  ? kDefaultFloat
           : *kind == DTypeClass::kBool ? DType::kBool
                                        : kDefaultInt);
      return nb::borrow(object);
    }
    if (is_tensor(object)) return number_of(as_tensor(object)->tensor);
    if (is_sequence(object) || is_other_sequence(object)) return list_of(object, depth);
    return scalar_of(object);
  }
  DType dtype() const { return dtype_.value_or(kDefaultFloat); }

 private:
  void meet(DType dtype) { dtype_ = dtype_ ? promote(*dtype_, dtype) : dtype; }

  nb::object number_of(const Tensor& tensor) {
    if (tensor.rank() > 0) return {};
    meet(tensor.dtype());
    return nb::steal(only_element(tensor, "tensor"));
  }

  nb::object scalar_of(PyObject* object) {
    if (!is_numpy_scalar(object)) return {};
    std::optional<DType> dtype = dtype_from(nb::object(nb::handle(object).attr("dtype")).ptr());
    if (!dtype) return {};
    meet(*dtype);
    return nb::handle(object).attr("item")();
  }

  nb::object list_of(PyObject* sequence, int depth) {
    if (depth >= kMostNested) {
      fail(Code::kValue, "[tensor] expects at most {} nested sequences", kMostNested);
    }
    nb::object items = owned(PySequence_List(sequence));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.ptr()); ++i) {
      nb::object item = visit(PyList_GET_ITEM(items.ptr(), i), depth + 1);
      if (!item) return {};
      check_status(PyList_SetItem(items.ptr(), i, item.release().ptr()));
    }
    return items;
  }

  std::optional<DType> dtype_;
};

NDArray from_numbers(PyObject* data, const Survey& survey, std::optional<DType> dtype) {
  NDArray array = NDArray::empty(dtype.value_or(default_dtype(survey)), survey.shape);
  visit_dtype(array.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* next = array.mutable_data<T>();
    fill(data, array.dtype(), next);
  });
  return array;
}

Tensor cast_if(const Tensor& tensor, std::optional<DType> dtype) {
  return dtype ? cast_to(tensor, *dtype) : tensor;
}

// Copies foreign memory now, as its owner may write to it; the package's own at the first write.
Tensor copy_of(const Tensor& tensor) {
  Tensor copy = tensor.snapshot();
  const Payload& value = copy.state().payload;
  bool is_foreign = !value.is_traced() && value.array.buffer()->read_only();
  return is_foreign ? tensor_of(context().engine->copy(value.array)) : copy;
}

}  // namespace

Tensor to_tensor(PyObject* data, std::optional<DType> dtype) {
  if (is_tensor(data)) return cast_if(copy_of(as_tensor(data)->tensor), dtype);
  nb::object list;
  if (PyRange_Check(data)) {
    list = owned(PySequence_List(data));
    data = list.ptr();
  }
  if (is_sequence(data) || kind_of_number(data)) {
    Survey survey;
    survey.visit(data, 0);
    if (survey.plain) return tensor_of(from_numbers(data, survey, dtype));
  }
  if (is_sequence(data) || is_other_sequence(data)) {
    Simplified simplified;
    if (nb::object lists = simplified.visit(data)) {
      Survey survey;
      survey.visit(lists.ptr(), 0);
      return tensor_of(from_numbers(lists.ptr(), survey, dtype.value_or(simplified.dtype())));
    }
  }
  return cast_if(tensor_of(import_array(data, CopyMode::kAlways)), dtype);
}

}  // namespace mycel::python
