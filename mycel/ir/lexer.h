// Lexer of the IR's text form. Skips blanks and comments ("// ...") between tokens.
#pragma once

#include <string>
#include <string_view>

#include "mycel/base/error.h"
#include "mycel/ir/type.h"

namespace mycel::ir {

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  bool at_end();
  size_t position();  // of the next token
  void seek(size_t position) { at_ = position; }
  // Consumes the punctuation or keyword if it comes next.
  bool accept(std::string_view token);
  void expect(std::string_view token);
  // Reads a letter or underscore, then letters, digits, underscores and dots; "" if there is none.
  std::string_view word();
  // Reads the name after "%" or "@"; a symbol may be quoted.
  std::string_view value_name();
  std::string symbol();
  std::string string();  // a quoted string
  int64_t integer();
  // Reads a number or keyword: letters, digits, and . + - _
  std::string_view run();
  Type type();
  // Reads raw text up to a `,` or `close` outside parentheses.
  std::string_view element(char close);
  char peek();

  // Raises ValueError "file:line:column: what".
  [[noreturn]] void fail_at(size_t position, std::string_view what) const;
  [[noreturn]] void fail_here(std::string_view what) { fail_at(position(), what); }

 private:
  void skip();
  char unescaped();

  std::string_view text_;
  std::string_view file_;
  size_t at_ = 0;
};

}  // namespace mycel::ir
