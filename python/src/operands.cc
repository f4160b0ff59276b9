#include "python/src/operands.h"

#include "mycel/ops/creation.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "python/src/error.h"
#include "python/src/numbers.h"
#include "python/src/tensor_object.h"

namespace mycel::python {
namespace {

struct PendingNumber {
  size_t operand;
  ir::Scalar value;
};

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
DType dtype_of_number(const ir::OpDef& op, const Tensors& operands, const PendingNumber& number) {
  const ir::OperandSpec& spec = spec_of(op, number.operand);
  const Tensor* first = nullptr;
  DType common = DType::kBool;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].defined() || (spec.promotes && !spec_of(op, i).promotes)) continue;
    DType dtype = operands[i].dtype();
    common = first && spec.promotes ? promote(common, dtype) : first ? common : dtype;
    if (!first) first = &operands[i];
  }
  if (!first) return default_dtype(number.value);
  DType met = promote_weak(common, ir::kind_of(number.value));
  return spec.promotes || ir::contains(spec.dtypes, met) ? met : default_dtype(number.value);
}

Tensor number_tensor(const Tensors& operands, const ir::Scalar& value, DType dtype) {
  for (const Tensor& operand : operands) {
    if (operand.defined()) return scalar_like(operand, value, dtype);
  }
  return full({}, value, dtype);
}

void fill_numbers(const ir::OpDef& op, Tensors& operands,
                  const InlineVector<PendingNumber*, 4>& numbers) {
  InlineVector<DType, 8> dtypes;
  for (const PendingNumber* number : numbers) {
    dtypes.push_back(dtype_of_number(op, operands, *number));
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    Tensor made = number_tensor(operands, numbers[i]->value, dtypes[i]);
    operands[numbers[i]->operand] = std::move(made);
  }
}

void add_list(const ir::OpDef& op, const Parameter& parameter, PyObject* value, Tensors& out) {
  if (!PyList_Check(value) && !PyTuple_Check(value)) {
    fail(Code::kType, "[{}] expects {} to be a list or tuple of tensors, got {}", op.name,
         parameter.text, type_text(value));
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(value, i);
    if (!is_tensor(item)) fail_operand(op, parameter.text + "[" + std::to_string(i) + "]", item);
    out.push_back(operand(item));
  }
}

// Elements above which an operation takes longer than releasing the lock is worth: some 20 us of
// memory traffic, or of arithmetic for operations that state what they cost.
constexpr int64_t kManyElements = 64 * 1024;
constexpr int64_t kManyForHeavy = 8 * 1024;

bool takes_long(const ir::OpDef& op, const Tensors& operands) {
  if (context().trace) return false;
  int64_t elements = 0;
  for (const Tensor& operand : operands) {
    if (!operand.defined()) continue;
    int64_t size = 1;
    for (Dim dim : operand.dims()) size *= dim.value();
    elements += size;
  }
  return elements > (op.cost ? kManyForHeavy : kManyElements);
}

}  // namespace

Tensors operands_from(const Signature& signature, PyObject* const* values) {
  const ir::OpDef& op = signature.op();
  Tensors operands(op.operands.size());
  PendingNumber pending[Signature::kMost];
  InlineVector<PendingNumber*, 4> numbers;
  Tensors variadic;
  for (size_t i = 0; i < signature.size(); ++i) {
    const Parameter& parameter = signature.parameters()[i];
    PyObject* value = values[i];
    if (!parameter.is_operand || !value || value == Py_None) {
      if (parameter.is_operand && parameter.required && value == Py_None) {
        fail_operand(op, parameter.text, value);
      }
      continue;
    }
    const ir::OperandSpec& spec = op.operands[parameter.index];
    if (spec.variadic) {
      add_list(op, parameter, value, variadic);
    } else if (is_tensor(value)) {
      operands[parameter.index] = operand(value);
    } else if (std::optional<ir::Scalar> number = number_from(value)) {
      PendingNumber& entry = pending[numbers.size()];
      entry = {parameter.index, *number};
      numbers.push_back(&entry);
    } else {
      fail_operand(op, parameter.text, value);
    }
  }
  if (!numbers.empty()) fill_numbers(op, operands, numbers);
  if (!op.operands.empty() && op.operands.back().variadic) {
    operands.pop_back();
    operands.insert(operands.end(), variadic.begin(), variadic.end());
  }
  return operands;
}

bool binary_operands(const ir::OpDef& op, PyObject* a, PyObject* b, Tensors& out) {
  out.resize(2);
  PendingNumber pending;
  InlineVector<PendingNumber*, 4> numbers;
  PyObject* sides[] = {a, b};
  for (size_t i = 0; i < 2; ++i) {
    if (is_tensor(sides[i])) {
      out[i] = operand(sides[i]);
    } else if (std::optional<ir::Scalar> number = number_from(sides[i])) {
      pending = {i, *number};
      numbers.push_back(&pending);
    } else {
      return false;
    }
  }
  if (!numbers.empty()) fill_numbers(op, out, numbers);
  return true;
}

Tensors run(const ir::OpDef& op, const Tensors& operands, const ir::Attributes& attributes) {
  if (!takes_long(op, operands)) return call_all(op, operands, attributes);
  nb::gil_scoped_release unlocked;
  return call_all(op, operands, attributes);
}

}  // namespace mycel::python
