// Lexer of the IR's text form.
#pragma once

#include "mycel/base/error.h"
#include "mycel/core/lexer.h"
#include "mycel/ir/type.h"

namespace mycel::ir {

class Lexer : public mycel::Lexer {
 public:
  using mycel::Lexer::Lexer;

  // Reads the name after "%" or "@"; a symbol may be quoted.
  std::string_view value_name();
  std::string symbol();
  Type type();
};

}  // namespace mycel::ir
