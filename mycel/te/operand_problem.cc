#include "mycel/te/operand_problem.h"

#include "mycel/te/fn.h"

namespace mycel::te {
namespace {

OperandProblem dtype_problem(const char* what, const Expr& expr, DType expected) {
  if (!expr) return fmt::format("{} is missing", what);
  if (expr->dtype == expected) return {};
  return fmt::format("expects {} of {}, got {}", what, name(expected), name(expr->dtype));
}

}  // namespace

OperandProblem call_problem(Fn fn, const std::vector<Expr>& operands) {
  const FnInfo& known = info(fn);
  if (operands.size() != static_cast<size_t>(known.arity)) {
    return fmt::format("{} expects {} operands, got {}", known.name, known.arity, operands.size());
  }
  for (const Expr& operand : operands) {
    if (!operand) return fmt::format("{} expects {} operands, got none", known.name, known.arity);
  }
  if (fn == Fn::kSelect) {
    auto wrong = dtype_problem("the condition of a select", operands[0], DType::kBool);
    if (wrong) return wrong;
  }
  const Expr& first = operands[fn == Fn::kSelect ? 1 : 0];
  if (!takes(known.operands, first->dtype)) {
    return fmt::format("{} does not take {}", known.name, name(first->dtype));
  }
  if (operands.back()->dtype == first->dtype) return {};
  return fmt::format("{} expects operands of one dtype, got {} and {}", known.name,
                     name(first->dtype), name(operands.back()->dtype));
}

OperandProblem bitcast_problem(const Expr& value, DType dtype) {
  if (!value) return "bitcast expects an operand, got none";
  if (value->dtype == dtype) return {};
  bool float_and_bits = (is_floating(dtype) && is_unsigned_integer(value->dtype)) ||
                        (is_unsigned_integer(dtype) && is_floating(value->dtype));
  if (float_and_bits && byte_size(dtype) == byte_size(value->dtype)) return {};
  return fmt::format("bitcast expects a float and an unsigned integer of one width, got {} and {}",
                     name(value->dtype), name(dtype));
}

OperandProblem load_problem(const std::vector<Expr>& indices, bool predicated) {
  for (size_t i = 0; i + (predicated ? 1 : 0) < indices.size(); ++i) {
    if (auto wrong = dtype_problem("an index", indices[i], DType::kInt64)) return wrong;
  }
  if (!predicated) return {};
  return dtype_problem("a predicate", indices.back(), DType::kBool);
}

OperandProblem reduce_problem(Reducer reducer, const Expr& body) {
  if (!body) return "a reduction without a body";
  if (is_arg(reducer)) return "argmax and argmin expect a value and an index, and no scan";
  bool logical = reducer == Reducer::kAnd || reducer == Reducer::kOr;
  if (logical == (body->dtype == DType::kBool)) return {};
  return fmt::format("a reduction by {} does not take {}",
                     logical ? "a logical function" : "arithmetic", name(body->dtype));
}

OperandProblem arg_reduce_problem(Reducer reducer, const Expr& value, const Expr& index) {
  if (!is_arg(reducer)) return "a reduction other than argmax and argmin has one value";
  if (!value || value->dtype == DType::kBool) return "argmax and argmin expect numbers";
  return dtype_problem("the index of argmax or argmin", index, DType::kInt64);
}

OperandProblem scan_problem(Reducer reducer, const Expr& body, const Expr& at) {
  if (auto wrong = reduce_problem(reducer, body)) return wrong;
  return dtype_problem("the index of a scan", at, DType::kInt64);
}

}  // namespace mycel::te
