#include "python/src/operands.h"

#include "mycel/ops/creation.h"
#include "python/src/error.h"
#include "python/src/numbers.h"
#include "python/src/state_number.h"
#include "python/src/tensor_object.h"

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

// The dtype of a number among the operands: weak beside those that promote; elsewhere that of the
// first tensor if the operand takes it.
DType dtype_of_number(const ir::OpDef& op, const Operands& operands, size_t position,
                      const ir::Scalar& number) {
  const ir::OperandSpec& spec = spec_of(op, position);
  const Tensor* first = nullptr;
  DType common = DType::kBool;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].defined() || (spec.promotes && !spec_of(op, i).promotes)) continue;
    DType dtype = operands[i].dtype();
    common = first && spec.promotes ? promote(common, dtype) : first ? common : dtype;
    if (!first) first = &operands[i];
  }
  if (!first) return default_dtype(number);
  DType met = promote_weak(common, ir::kind_of(number));
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

void CallOperands::make(size_t i, Tensor tensor) {
  all_.set(i, made_.emplace_back(std::move(tensor)));
}

void CallOperands::set(size_t i, PyObject* tensor) {
  all_.set(i, as_tensor(tensor)->tensor);
}

bool CallOperands::add_number(size_t operand, PyObject* value, Numbers& numbers) {
  bool traced = is_state_number(value);
  std::optional<ir::Scalar> number =
      number_from(traced ? value_of_state_number(value).ptr() : value);
  if (!number) return false;
  numbers.push_back({operand, *number, traced ? tensor_of_state_number(value) : Tensor()});
  return true;
}

void CallOperands::make_numbers(const ir::OpDef& op, const Numbers& numbers) {
  InlineVector<DType, 4> dtypes;
  for (const Number& number : numbers) {
    dtypes.push_back(dtype_of_number(op, all_, number.operand, number.value));
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Tensor& traced = numbers[i].traced;
    make(numbers[i].operand, traced.defined() ? cast_to(traced, dtypes[i])
                                              : number_tensor(all_, numbers[i].value, dtypes[i]));
  }
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
    } else if (!add_number(i, side, numbers)) {
      complete_ = false;
      return;
    }
  }
  if (!numbers.empty()) make_numbers(op, numbers);
}

}  // namespace mycel::python
