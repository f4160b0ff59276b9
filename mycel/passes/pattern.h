// Patterns of operations as text: "add(x, neg(y))".
//
// A letter matches any value (the same letter, the same value), a number or true/false matches a
// tensor of it (0 and -0 differ), and name(...) matches that operation. Commutative operations
// match in both orders.
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

// Raises InternalError for a term with an operation that is not in the registry.
Term parse_term(std::string_view text);

// The operations and values of the program that a term matches.
struct Match {
  ir::Operation* root = nullptr;
  std::vector<ir::Operation*> operations;  // in the order of the term's text; the root first
  std::array<ir::Value*, 26> variables{};  // by letter

  ir::Value* variable(char letter) const { return variables[static_cast<size_t>(letter - 'a')]; }
};

bool matches(const Term& term, ir::Operation& root, Match& match);

}  // namespace mycel::passes
