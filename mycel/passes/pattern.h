// Patterns of operations as text: "add(x, neg(y))".
//
// A letter stands for any value (the same letter for the same value), a number or true/false for a
// tensor of it (0 and -0 are two), and name(...) for that operation. Of operations that commute,
// both orders match.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::passes {

struct Term {
  enum class Kind : uint8_t { kVariable, kNumber, kComputed, kOperation } kind;
  char variable = 0;               // of kVariable
  ir::Scalar number = int64_t{0};  // of kNumber; kComputed ("?") is filled in by the rule
  const ir::OpDef* op = nullptr;   // of kOperation
  std::vector<Term> operands;
};

// Raises InternalError for a term that names no operation of the registry.
Term parse_term(std::string_view text);

// What a term's parts are in the program.
struct Match {
  ir::Operation* root = nullptr;
  std::vector<ir::Operation*> operations;  // in the order of the term's text; the root first
  std::array<ir::Value*, 26> variables{};  // by letter

  ir::Value* variable(char letter) const { return variables[static_cast<size_t>(letter - 'a')]; }
};

bool matches(const Term& term, ir::Operation& root, Match& match);

}  // namespace mycel::passes
