// The IR verifier. Its problems are internal errors after a pass, user errors after parsing.
#pragma once

#include <optional>
#include <string>

#include "mycel/ir/function.h"

namespace mycel::ir {

struct Problem {
  const Function* function = nullptr;
  const Operation* operation = nullptr;  // nullptr: the function as a whole
  std::string text;
};

std::optional<Problem> find_problem(const Function& function, const Module* module);
std::optional<Problem> find_problem(const Module& module);

// Raises InternalError naming the first invalid operation: types that differ from inference, a use
// before its definition or outside its region, broken use lists, wrong regions.
void verify(const Function& function, const Module* module = nullptr);
void verify(const Module& module);

}  // namespace mycel::ir
