// Operators of the Tensor type.
#include "python/src/common/error.h"
#include "python/src/operators/callable.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

[[noreturn]] void fail_operator(std::string_view op, PyObject* operand) {
  bool text = PyUnicode_Check(operand) || operand == Py_None;
  fail(Code::kType, "[{}] expects tensors and numbers, got {}{}", op, type_text(operand),
       text ? "" : "; mc.tensor(...) makes a tensor of it");
}

// An operation's name as a template argument; named() looks the operation up once.
template <size_t N>
struct Name {
  constexpr Name(const char (&text)[N]) { std::copy_n(text, N, value); }
  char value[N];
};
template <Name kName>
Callable& named() {
  static constinit Callable* found = nullptr;
  if (!found) found = &callable(kName.value);
  return *found;
}

// Whether an object is often mistaken for a tensor, and does not handle the operator itself. (A
// sequence times a 0-d integer is repeated.)
bool is_mistaken_operand(PyObject* object, std::string_view op) {
  if (is_tensor(object)) return false;
  if (op == "equal" || op == "not_equal") return false;  // Python then compares identity
  bool sequence = PyList_Check(object) || PyTuple_Check(object) || PyUnicode_Check(object);
  return (sequence && op != "multiply") || object == Py_None;
}

template <Name kName>
PyObject* operation(PyObject* a, PyObject* b) {
  return guarded([&] {
    PyObject* result = named<kName>().call_binary(a, b);
    if (result != Py_NotImplemented) return result;
    for (PyObject* operand : {a, b}) {
      if (is_mistaken_operand(operand, kName.value)) fail_operator(kName.value, operand);
    }
    return result;
  });
}

template <Name kName>
PyObject* unary(PyObject* a) {
  return guarded([&] { return named<kName>().call_unary(a); });
}

// a += b writes the result to a.
template <Name kName>
PyObject* in_place(PyObject* a, PyObject* b) {
  PyObject* result = guarded([&]() -> PyObject* {
    if (!named<kName>().binary_in_place(a, b)) return operation<kName>(a, b);
    return Py_NewRef(a);
  });
  if (!result) raise_to_user(kName.value);
  return result;
}

// Whether the dtype of a tensor, a NumPy array or a number is bool, or also an integer's.
bool is_bool(PyObject* object) {
  if (is_tensor(object)) return as_tensor(object)->tensor.dtype() == DType::kBool;
  if (is_numpy_array(object)) return to_tensor(object).dtype() == DType::kBool;
  return PyBool_Check(object);
}
bool is_integral(PyObject* object) {
  if (is_tensor(object)) return !is_floating(as_tensor(object)->tensor.dtype());
  if (is_numpy_array(object)) return !is_floating(to_tensor(object).dtype());
  return PyLong_Check(object);
}

void require_integral(std::string_view sign, PyObject* operand) {
  if (is_integral(operand)) return;
  std::string given =
      is_tensor(operand) ? ir::to_string(as_tensor(operand)->tensor.type()) : type_text(operand);
  fail(Code::kType, "[{}] expects bool or integer tensors, got {}", sign, given);
}

// & | ^ ~ are logical operations of bools, and bitwise ones of integers.
template <Name kSign, Name kLogical, Name kBitwise>
PyObject* bits(PyObject* a, PyObject* b) {
  return guarded([&] {
    for (PyObject* operand : {a, b}) require_integral(kSign.value, operand);
    bool logical = is_bool(a) && is_bool(b);
    return (logical ? named<kLogical>() : named<kBitwise>()).call_binary(a, b);
  });
}
template <Name kSign, Name kLogical, Name kBitwise>
PyObject* bits_in_place(PyObject* a, PyObject* b) {
  if (is_bool(a) && is_bool(b)) return in_place<kLogical>(a, b);
  return is_integral(b) ? in_place<kBitwise>(a, b) : bits<kSign, kLogical, kBitwise>(a, b);
}
PyObject* invert(PyObject* a) {
  return guarded([&] {
    require_integral("~", a);
    return (is_bool(a) ? named<"logical_not">() : named<"bitwise_not">()).call_unary(a);
  });
}

PyObject* power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
  return operation<"power">(a, b);
}
PyObject* power_in_place(PyObject* a, PyObject* b, PyObject*) { return in_place<"power">(a, b); }
PyObject* positive(PyObject* a) { return Py_NewRef(a); }

PyObject* divide_with_rest(PyObject* a, PyObject* b) {
  return guarded([&]() -> PyObject* {
    nb::object quotient = nb::steal(named<"floor_divide">().call_binary(a, b));
    if (quotient.is(nb::handle(Py_NotImplemented))) return quotient.release().ptr();
    nb::object rest = nb::steal(named<"remainder">().call_binary(a, b));
    return nb::make_tuple(quotient, rest).release().ptr();
  });
}

nb::object element_of(PyObject* a, std::string_view what) {
  return nb::steal(only_element(as_tensor(a)->tensor, what));
}
int truth(PyObject* a) {
  return guarded([&] { return PyObject_IsTrue(element_of(a, "bool").ptr()); }, -1);
}
PyObject* to_int(PyObject* a) {
  return guarded([&] { return PyNumber_Long(element_of(a, "int").ptr()); });
}
PyObject* to_float(PyObject* a) {
  return guarded([&] { return PyNumber_Float(element_of(a, "float").ptr()); });
}
PyObject* to_index(PyObject* a) {
  return guarded([&] {
    const Tensor& tensor = as_tensor(a)->tensor;
    if (is_floating(tensor.dtype()) || tensor.rank() > 0) {
      fail(Code::kType, "[index] expects a 0-d integer tensor where Python needs an int, got {}",
           ir::to_string(tensor.type()));
    }
    return PyNumber_Index(element_of(a, "index").ptr());
  });
}

PyNumberMethods make_number() {
  PyNumberMethods number{};
  number.nb_add = operation<"add">;
  number.nb_subtract = operation<"subtract">;
  number.nb_multiply = operation<"multiply">;
  number.nb_true_divide = operation<"divide">;
  number.nb_floor_divide = operation<"floor_divide">;
  number.nb_remainder = operation<"remainder">;
  number.nb_divmod = divide_with_rest;
  number.nb_power = power;
  number.nb_matrix_multiply = operation<"matmul">;
  number.nb_inplace_add = in_place<"add">;
  number.nb_inplace_subtract = in_place<"subtract">;
  number.nb_inplace_multiply = in_place<"multiply">;
  number.nb_inplace_true_divide = in_place<"divide">;
  number.nb_inplace_floor_divide = in_place<"floor_divide">;
  number.nb_inplace_remainder = in_place<"remainder">;
  number.nb_inplace_power = power_in_place;
  number.nb_lshift = operation<"bitwise_left_shift">;
  number.nb_rshift = operation<"bitwise_right_shift">;
  number.nb_inplace_lshift = in_place<"bitwise_left_shift">;
  number.nb_inplace_rshift = in_place<"bitwise_right_shift">;
  number.nb_inplace_and = bits_in_place<"&", "logical_and", "bitwise_and">;
  number.nb_inplace_or = bits_in_place<"|", "logical_or", "bitwise_or">;
  number.nb_inplace_xor = bits_in_place<"^", "not_equal", "bitwise_xor">;
  number.nb_negative = unary<"neg">;
  number.nb_positive = positive;
  number.nb_absolute = unary<"abs">;
  number.nb_invert = invert;
  number.nb_and = bits<"&", "logical_and", "bitwise_and">;
  number.nb_or = bits<"|", "logical_or", "bitwise_or">;
  number.nb_xor = bits<"^", "not_equal", "bitwise_xor">;
  number.nb_bool = truth;
  number.nb_int = to_int;
  number.nb_float = to_float;
  number.nb_index = to_index;
  return number;
}

}  // namespace

PyNumberMethods tensor_number = make_number();

PyObject* tensor_compare(PyObject* a, PyObject* b, int comparison) {
  switch (comparison) {
    case Py_EQ:
      return operation<"equal">(a, b);
    case Py_NE:
      return operation<"not_equal">(a, b);
    case Py_LT:
      return operation<"less">(a, b);
    case Py_LE:
      return operation<"less_equal">(a, b);
    case Py_GT:
      return operation<"greater">(a, b);
    default:
      return operation<"greater_equal">(a, b);
  }
}

}  // namespace mycel::python
