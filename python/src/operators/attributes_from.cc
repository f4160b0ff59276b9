#include "python/src/operators/attributes_from.h"

#include <nanobind/stl/string.h>

#include "python/src/common/dtype.h"
#include "python/src/common/error.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

std::string expectation(const ir::AttributeField& field) {
  switch (field.kind) {
    case ir::AttributeKind::kBool:
      return "a bool";
    case ir::AttributeKind::kInt:
      return "an int";
    case ir::AttributeKind::kFloat:
      return "a number";
    case ir::AttributeKind::kString:
      return "a str";
    case ir::AttributeKind::kDType:
      return "a dtype";
    case ir::AttributeKind::kInts:
      return "an int or a sequence of ints";
    case ir::AttributeKind::kDims:
      return "a shape";
    case ir::AttributeKind::kScalar:
      return "a number";
    case ir::AttributeKind::kPadding:
      return "\"same\", \"valid\", an int or a sequence of ints";
    case ir::AttributeKind::kArray:
      return "an array";
    case ir::AttributeKind::kChoice:
      break;
  }
  std::string text;
  for (const std::string& choice : field.choices) {
    text += (text.empty() ? "\"" : ", \"") + choice + "\"";
  }
  return "one of " + text;
}

// Returns nullopt if the value is of another kind.
std::optional<ir::Attribute> convert(const ir::OpDef& op, const ir::AttributeField& field,
                                     PyObject* value) {
  using Kind = ir::AttributeKind;
  std::optional<ir::Scalar> number;
  switch (field.kind) {
    case Kind::kBool:
      number = number_from(value);
      if (number && std::holds_alternative<bool>(*number)) return std::get<bool>(*number);
      return std::nullopt;
    case Kind::kInt:
      if (std::optional<int64_t> i = integer_from(value)) return *i;
      return std::nullopt;
    case Kind::kFloat:
      number = scalar_from(value);
      if (number) return ir::to_double(*number);
      return std::nullopt;
    case Kind::kScalar:
      number = scalar_from(value);
      if (!number) return std::nullopt;
      return std::visit([](auto v) { return ir::Attribute(v); }, *number);
    case Kind::kDType:
      return require_dtype(value, op.name);
    case Kind::kArray:
      return to_tensor(value).array(op.name);
    case Kind::kInts:
    case Kind::kDims:
    case Kind::kPadding:
    case Kind::kString:
    case Kind::kChoice:
      break;
  }
  bool text = field.kind != Kind::kInts && field.kind != Kind::kDims;
  if (text && PyUnicode_Check(value)) {
    std::string word = nb::cast<std::string>(nb::handle(value));
    bool known = field.kind != Kind::kChoice ||
                 std::find(field.choices.begin(), field.choices.end(), word) != field.choices.end();
    if (known) return word;
    return std::nullopt;
  }
  if (field.kind == Kind::kString || field.kind == Kind::kChoice) return std::nullopt;
  Ints ints;
  if (!integers_from(value, ints)) return std::nullopt;
  if (field.kind == Kind::kDims) return to_dims(ints);
  return ints;
}

// Whether two arguments surely mean the same attribute: one object, or equal ints or int tuples.
bool same_value(PyObject* a, PyObject* b) {
  if (a == b) return true;
  if (!a || !b || Py_TYPE(a) != Py_TYPE(b)) return false;
  if (PyLong_CheckExact(a)) {
    int overflow_a, overflow_b;
    long long x = PyLong_AsLongLongAndOverflow(a, &overflow_a);
    long long y = PyLong_AsLongLongAndOverflow(b, &overflow_b);
    return !overflow_a && !overflow_b && x == y;
  }
  if (!PyTuple_CheckExact(a) || PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a); ++i) {
    PyObject *x = PyTuple_GET_ITEM(a, i), *y = PyTuple_GET_ITEM(b, i);
    if (PyTuple_CheckExact(x) || !same_value(x, y)) return false;
  }
  return true;
}

// Whether a value may be cached: a list may change after the call.
bool is_immutable(PyObject* value) {
  if (PyTuple_CheckExact(value)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); ++i) {
      if (!PyLong_CheckExact(PyTuple_GET_ITEM(value, i))) return false;
    }
    return true;
  }
  return value == Py_None || PyLong_Check(value) || PyFloat_CheckExact(value) ||
         PyUnicode_CheckExact(value) || is_dtype(value) || PyType_Check(value);
}

}  // namespace

ir::Attribute attribute_from(const ir::OpDef& op, const ir::AttributeField& field,
                             PyObject* value) {
  if (field.optional && value == Py_None) return {};
  if (std::optional<ir::Attribute> attribute = convert(op, field, value)) return *attribute;
  std::string given = nb::cast<std::string>(nb::str(nb::repr(nb::handle(value))));
  if (given.size() > 80) given = type_text(value);
  fail(PyUnicode_Check(value) && !field.choices.empty() ? Code::kValue : Code::kType,
       "[{}] expects {} to be {}{}, got {}", op.name, field.name, expectation(field),
       field.optional ? ", or None" : "", given);
}

nb::object attribute_to(const ir::Attribute& attribute) {
  struct Visitor {
    nb::object operator()(std::monostate) { return nb::none(); }
    nb::object operator()(bool v) { return nb::bool_(v); }
    nb::object operator()(int64_t v) { return nb::int_(v); }
    nb::object operator()(double v) { return nb::float_(v); }
    nb::object operator()(const std::string& v) { return nb::str(v.data(), v.size()); }
    nb::object operator()(DType v) { return nb::borrow(dtype_object(v)); }
    nb::object operator()(const Ints& v) { return nb::steal(integers_to(v)); }
    nb::object operator()(const Dims& v) { return nb::steal(integers_to(to_shape(v))); }
    nb::object operator()(const NDArray& v) { return nb::steal(wrap(Tensor(v))); }
  };
  return std::visit(Visitor(), attribute);
}

AttributeMaker::AttributeMaker(const Signature& signature)
    : signature_(signature), defaults_(ir::Attributes::defaults(signature.op().attributes)) {
  for (size_t i = 0; i < signature.size(); ++i) {
    if (!signature.parameters()[i].is_operand) parameters_.push_back(i);
  }
}

bool AttributeMaker::matches(const Known& known, PyObject* const* values) const {
  if (known.values.empty()) return false;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!same_value(known.values[i].ptr(), values[parameters_[i]])) return false;
  }
  return true;
}

ir::Attributes AttributeMaker::make(PyObject* const* values) {
  bool all_default = true;
  bool immutable = true;
  for (size_t i : parameters_) {
    if (!values[i]) continue;
    all_default = false;
    immutable = immutable && is_immutable(values[i]);
  }
  if (all_default) return defaults_;
  if (immutable) {
    for (const Known& known : known_) {
      if (matches(known, values)) return known.attributes;
    }
  }
  const ir::OpDef& op = signature_.op();
  std::shared_ptr<void> data = op.attributes.copy(defaults_.data());
  for (size_t i : parameters_) {
    if (!values[i]) continue;
    const ir::AttributeField& field = op.attributes.fields[signature_.parameters()[i].index];
    field.set(data.get(), attribute_from(op, field, values[i]));
  }
  Known& entry = known_[next_++ % known_.size()];
  entry.values.clear();
  entry.attributes = ir::Attributes::make(op.attributes, std::move(data));
  if (immutable) {
    for (size_t i : parameters_) entry.values.push_back(nb::borrow(values[i]));
  }
  return entry.attributes;
}

}  // namespace mycel::python
