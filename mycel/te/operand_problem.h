// The rules for the operands of a node: the constructors of expr.h raise a problem as an internal
// error, the parser as an error of the text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

using OperandProblem = std::optional<std::string>;

OperandProblem call_problem(Fn fn, const std::vector<Expr>& operands);
OperandProblem bitcast_problem(const Expr& value, DType dtype);
// The last of `indices` is the predicate if there is one.
OperandProblem load_problem(const std::vector<Expr>& indices, bool predicated);
OperandProblem reduce_problem(Reducer reducer, const Expr& body);
OperandProblem arg_reduce_problem(Reducer reducer, const Expr& value, const Expr& index);
OperandProblem scan_problem(Reducer reducer, const Expr& body, const Expr& at);

inline bool is_arg(Reducer reducer) {
  return reducer == Reducer::kArgMax || reducer == Reducer::kArgMin;
}

}  // namespace mycel::te
