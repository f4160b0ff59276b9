#include "python/src/operators/operands.h"

#include <nanobind/stl/string.h>

#include <cmath>
#include <optional>

#include "mycel/ops/creation.h"
#include "mycel/ops/number_operand.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/promotion.h"
#include "python/src/common/error.h"
#include "python/src/tensor/numbers.h"
#include "python/src/tensor/state_number.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tensor/wide_number.h"
#include "python/src/tensor_type/tensor_slots.h"

namespace mycel::python {
namespace {

const ir::OperandSpec& spec_of(const ir::OpDef& op, size_t operand) {
  return op.operands[std::min(operand, op.operands.size() - 1)];
}

[[noreturn]] void fail_operand(const ir::OpDef& op, const std::string& name, PyObject* value) {
  bool array_like = PySequence_Check(value) || PyObject_HasAttrString(value, "__array__");
  fail(Code::kType, "[{}] expects {} to be a tensor, got {}{}", op.name, name, type_text(value),
       array_like ? "; mc.tensor(...) makes one of it" : "");
}

DType default_dtype(const ir::Scalar& value) {
  switch (ir::kind_of(value)) {
    case DTypeClass::kBool:
      return DType::kBool;
    case DTypeClass::kFloat:
      return kDefaultFloat;
    default:
      return kDefaultInt;
  }
}

// Returns the dtype of a number among the operands: weak next to those that promote; elsewhere that
// of the first tensor if the operand takes it.
DType dtype_of_number(const ir::OpDef& op, const Operands& operands, size_t position,
                      const ir::Scalar& number) {
  const ir::OperandSpec& spec = spec_of(op, position);
  Promotion common;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].defined() || (spec.promotes && !spec_of(op, i).promotes)) continue;
    common.meet(operands[i]);
    if (!spec.promotes) break;
  }
  std::optional<DType> dtype = common.dtype();
  if (!dtype) return default_dtype(number);
  DType met = promote_weak(*dtype, ir::kind_of(number));
  return spec.promotes || ir::contains(spec.dtypes, met) ? met : default_dtype(number);
}

Tensor number_tensor(const Operands& operands, const ir::Scalar& value, DType dtype) {
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].defined()) return scalar_like(operands[i], value, dtype);
  }
  return full({}, value, dtype);
}

}  // namespace

void CallOperands::start(size_t size) {
  static const Tensor absent;
  made_.reserve(size);
  for (size_t i = 0; i < size; ++i) all_.add(absent);
}

void CallOperands::make_number(size_t i, Tensor tensor) {
  make(i, std::move(tensor));
  all_.mark_number(i);
}

void CallOperands::make(size_t i, Tensor tensor) {
  all_.set(i, made_.emplace_back(std::move(tensor)));
}

void CallOperands::set(size_t i, PyObject* tensor) { all_.set(i, as_tensor(tensor)->tensor); }

// An int beyond int64: uint64 and floats may hold it, else comparisons treat it as infinite.
Tensor wide_operand(const ir::OpDef& op, const Operands& operands, size_t operand,
                    PyObject* object) {
  int sign = beyond_int64(object);
  DType dtype = dtype_of_number(op, operands, operand, int64_t{sign});
  if (rules(op).call.keeps_float32 && is_half_width(dtype)) dtype = DType::kFloat32;
  bool relates = rules(op).call.relation != Relation::kNone;
  bool is_infinite = relates && !wide_number(object, dtype);
  if (is_infinite) return number_tensor(operands, sign * HUGE_VAL, DType::kFloat64);
  TypedNumber number = require_wide_number(op.name, object, dtype);
  return cast_to(number_tensor(operands, number.value, number.dtype), dtype);
}

void CallOperands::make_numbers(const ir::OpDef& op, const Numbers& numbers) {
  InlineVector<TypedNumber, 4> typed;
  for (const Number& number : numbers) {
    if (number.wide) continue;
    DType dtype = dtype_of_number(op, all_, number.operand, number.value);
    typed.push_back(typed_number(op, number.operand, number.value, dtype));
  }
  size_t next = 0;
  for (const Number& number : numbers) {
    if (number.wide) {
      make_number(number.operand, wide_operand(op, all_, number.operand, number.wide));
      continue;
    }
    const TypedNumber& one = typed[next++];
    make_number(number.operand, number.traced.defined()
                                    ? cast_to(number.traced, one.dtype)
                                    : number_tensor(all_, one.value, one.dtype));
  }
}

bool CallOperands::add_number(size_t operand, PyObject* value, Numbers& numbers) {
  if (beyond_int64(value) != 0) {
    numbers.push_back({operand, int64_t{0}, Tensor(), value});
    return true;
  }
  bool traced = is_state_number(value);
  std::optional<ir::Scalar> number =
      number_from(traced ? value_of_state_number(value).ptr() : value);
  if (!number) return false;
  numbers.push_back({operand, *number, traced ? tensor_of_state_number(value) : Tensor(), nullptr});
  return true;
}

void CallOperands::hold_list(const ir::OpDef& op, const Parameter& parameter, PyObject* list) {
  if (!PyList_Check(list) && !PyTuple_Check(list)) {
    fail(Code::kType, "[{}] expects {} to be a list or tuple of tensors, got {}", op.name,
         parameter.text, type_text(list));
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list); ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(list, i);
    if (!is_tensor(item)) fail_operand(op, parameter.text + "[" + std::to_string(i) + "]", item);
    listed_.push_back(as_tensor(item)->tensor);
  }
}

CallOperands::CallOperands(const Signature& signature, PyObject* const* values) {
  const ir::OpDef& op = signature.op();
  bool variadic = !op.operands.empty() && op.operands.back().variadic;
  start(op.operands.size() - variadic);
  Numbers numbers;
  for (size_t i = 0; i < signature.size(); ++i) {
    const Parameter& parameter = signature.parameters()[i];
    PyObject* value = values[i];
    if (!parameter.is_operand || !value || value == Py_None) {
      if (parameter.is_operand && parameter.required && value == Py_None) {
        fail_operand(op, parameter.text, value);
      }
      continue;
    }
    if (op.operands[parameter.index].variadic) {
      hold_list(op, parameter, value);
    } else if (is_tensor(value)) {
      set(parameter.index, value);
    } else if (!add_number(parameter.index, value, numbers)) {
      fail_operand(op, parameter.text, value);
    }
  }
  if (!numbers.empty()) make_numbers(op, numbers);
  for (const Tensor& tensor : listed_) all_.add(tensor);
}

CallOperands::CallOperands(const ir::OpDef& op, std::initializer_list<PyObject*> sides) {
  start(sides.size());
  Numbers numbers;
  for (size_t i = 0; i < sides.size(); ++i) {
    PyObject* side = sides.begin()[i];
    if (is_tensor(side)) {
      set(i, side);
    } else if (is_numpy_array(side)) {
      make(i, to_tensor(side));
    } else if (!add_number(i, side, numbers)) {
      complete_ = false;
      return;
    }
  }
  if (!numbers.empty()) make_numbers(op, numbers);
}

}  // namespace mycel::python
