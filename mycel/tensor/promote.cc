// Promotion of operands before an operation is applied.
#include <algorithm>
#include <optional>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/promotion.h"

namespace mycel {
namespace {

bool promotes(const ir::OpDef& op, const Operands& inputs, size_t i) {
  return op.operands[std::min(i, op.operands.size() - 1)].promotes && inputs[i].defined();
}

bool dtypes_differ(const ir::OpDef& op, const Operands& inputs) {
  std::optional<DType> first;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!promotes(op, inputs, i)) continue;
    DType dtype = inputs[i].dtype();
    if (first && *first != dtype) return true;
    first = dtype;
  }
  return false;
}

// The common dtype of the operands that promote, or none if they already share one.
std::optional<DType> common_dtype(const ir::OpDef& op, const Operands& inputs) {
  if (!dtypes_differ(op, inputs)) return std::nullopt;
  const CallRules& call = rules(op).call;
  Promotion common;
  auto meet = [&](bool numbers) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (promotes(op, inputs, i) && inputs.is_number(i) == numbers) common.meet(inputs[i]);
    }
  };
  meet(false);
  std::optional<DType> of_tensors = common.dtype();
  if (call.keeps_float32 && of_tensors && is_half_width(*of_tensors)) return of_tensors;
  meet(true);
  // Integers are compared by their exact values, where PyTorch wraps a 0-d one.
  bool whole = call.relation != Relation::kNone || call.integers_become_floats;
  bool exact = call.relation == Relation::kTruth || (whole && is_integer(*common.dtype()));
  return exact ? common.widest() : common.dtype();
}

Tensors cast_operands(const ir::OpDef& op, const Operands& inputs, DType dtype) {
  Tensors out = inputs.copies();
  for (size_t i = 0; i < out.size(); ++i) {
    if (promotes(op, inputs, i)) out[i] = cast_to(out[i], dtype_of_operand(op, out[i], dtype));
  }
  return out;
}

const ir::OpDef& registered(std::string_view name) {
  const ir::OpDef* found = ir::Registry::get().find(name);
  if (!found) fail_internal("promotion needs the operation {}", name);
  return *found;
}

// The signed one of two operands if the other is uint64: no dtype holds the values of both.
std::optional<size_t> signed_beside_uint64(const Operands& inputs) {
  for (size_t i = 0; i < 2; ++i) {
    bool beside = inputs[1 - i].dtype() == DType::kUInt64;
    if (beside && is_signed_integer(inputs[i].dtype())) return i;
  }
  return std::nullopt;
}

// Compares exactly: where the signed operand is negative, false and true replace it and the other.
Tensor compare_signs(const ir::OpDef& op, const Operands& inputs, size_t at) {
  const Tensor &number = inputs[at], &other = inputs[1 - at];
  auto pair = [at](const Tensor& a, const Tensor& b) {
    return at == 0 ? Operands(a, b) : Operands(b, a);
  };
  Tensor no = apply(registered("not_equal"), Operands(number, number), {})[0];
  Tensor yes = apply(registered("equal"), Operands(number, number), {})[0];
  Tensor zero = cast_to(no, number.dtype());
  Tensor negative = apply(registered("less"), Operands(number, zero), {})[0];
  Tensor below = apply(op, pair(no, yes), {})[0];
  Tensor wide = cast_to(number, DType::kUInt64);
  Tensor usual = apply(op, pair(wide, other), {})[0];
  return apply(registered("where"), Operands(negative, below, usual), {})[0];
}

}  // namespace

DType dtype_of_operand(const ir::OpDef& op, const Tensor& operand, DType common) {
  DType own = operand.dtype();
  bool stays_wide = rules(op).call.keeps_float32 && is_half_width(common) && operand.rank() == 0 &&
                    own != DType::kBool && !is_half_width(own);
  return stays_wide ? DType::kFloat32 : common;
}

Tensor cast_to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  static const ir::OpDef& op = registered("cast");
  ir::Attributes attributes = ir::Attributes::defaults(op.attributes);
  return apply(op, Operands(x), attributes.with("dtype", dtype))[0];
}

Tensors promote_and_apply(const ir::OpDef& op, const Operands& inputs,
                          const ir::Attributes& attributes) {
  std::optional<DType> dtype = common_dtype(op, inputs);
  if (dtype == DType::kFloat64 && rules(op).call.relation == Relation::kOrder) {
    if (std::optional<size_t> at = signed_beside_uint64(inputs)) {
      return {compare_signs(op, inputs, *at)};
    }
  }
  if (dtype) {
    return apply(op, cast_operands(op, inputs, *dtype), attributes);
  }
  return apply(op, inputs, attributes);
}

}  // namespace mycel
