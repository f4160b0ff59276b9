#include "mycel/ops/number_operand.h"

#include <fmt/format.h>

#include <cmath>

#include "mycel/ops/creation.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/op_rules.h"

namespace mycel {

bool holds(DType dtype, const ir::Scalar& value) {
  if (!is_integer(dtype)) return true;
  int bits = info(dtype).bits;
  bool is_unsigned = is_unsigned_integer(dtype);
  if (const double* x = std::get_if<double>(&value)) {
    double low = is_unsigned ? 0 : -std::ldexp(1.0, bits - 1);
    return *x >= low && *x < std::ldexp(1.0, bits - !is_unsigned) && *x == std::trunc(*x);
  }
  int64_t i = ir::to_int(value);
  if (bits == 64) return !is_unsigned || i >= 0;
  int64_t beyond = int64_t{1} << (bits - !is_unsigned);
  return i >= (is_unsigned ? 0 : -beyond) && i < beyond;
}

void check_holds(std::string_view op, DType dtype, const ir::Scalar& value) {
  if (holds(dtype, value)) return;
  fail(Code::kValue, "[{}] expects a number that {} holds, got {}", op, name(dtype),
       number_text(value));
}

std::string number_text(const ir::Scalar& value) {
  return std::visit([](auto v) { return fmt::format("{}", v); }, value);
}

TypedNumber typed_number(const ir::OpDef& op, size_t operand, const ir::Scalar& value,
                         DType dtype) {
  const CallRules& call = rules(op).call;
  if (call.keeps_float32 && is_half_width(dtype)) return {value, DType::kFloat32};
  if (!holds(dtype, value)) {
    if (call.integers_become_floats) return {ir::to_double(value), kDefaultFloat};
    if (call.relation != Relation::kNone) {
      return {std::copysign(HUGE_VAL, ir::to_double(value)), DType::kFloat64};
    }
  }
  check_holds(op.name, dtype, value);
  if (call.check_number) call.check_number(operand, value, dtype);
  return {value, dtype};
}

Tensor apply_to_number(const ir::OpDef& op, const Tensor& x, const ir::Scalar& value,
                       size_t operand) {
  DType dtype = promote_weak(x.dtype(), ir::kind_of(value));
  TypedNumber number = typed_number(op, operand, value, dtype);
  Tensor other = scalar_like(x, number.value, number.dtype);
  Operands inputs = operand == 0 ? Operands(other, x) : Operands(x, other);
  inputs.mark_number(operand);
  return promote_and_apply(op, inputs, ir::Attributes::defaults(op.attributes))[0];
}

}  // namespace mycel
