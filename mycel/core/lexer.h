// Lexer of text forms: programs of the IR, formulas. Skips blanks and comments ("// ...") between
// tokens.
#pragma once

#include <string>
#include <string_view>

#include "mycel/core/dim.h"

namespace mycel {

// The text for an error: cut where it is long.
std::string shortened(std::string_view text);

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  bool at_end();
  size_t position();  // of the next token
  void seek(size_t position) { at_ = position; }
  char peek();
  // Consumes the punctuation or keyword if it comes next.
  bool accept(std::string_view token);
  void expect(std::string_view token);
  // Reads a letter or underscore, then letters, digits and underscores; "" if there is none.
  std::string_view identifier();
  // Reads an identifier with dots.
  std::string_view word();
  std::string string();  // a quoted string
  int64_t integer();
  // Reads a number or keyword: letters, digits, and . + - _
  std::string_view run();
  // Reads a number: "-1", "1e-05", "-inf", "nan(0x7fc00001)". A sign elsewhere ends it. Returns "-"
  // if none follows the sign. read_number (number_text.h) decides about the rest.
  std::string_view number();
  // Reads text up to a `,` or `close` outside parentheses, with one space for blanks and comments.
  std::string element(char close);
  Dim dim(char close);  // such an element

  // Raises ValueError "file:line:column: what".
  [[noreturn]] void fail_at(size_t position, std::string_view what) const;
  [[noreturn]] void fail_here(std::string_view what) { fail_at(position(), what); }
  // Raises ValueError "file:line:column: expects `what`, got ...".
  [[noreturn]] void fail_expected(std::string_view what);

 protected:
  // Reads letters, digits, underscores and dots, from here on.
  std::string_view name_run();

  std::string_view text_;
  std::string_view file_;
  size_t at_ = 0;

 private:
  void skip();
  void skip_exponent();
  void skip_nan_bits();
  char unescaped();
  std::string found();  // the next token, for an error
};

}  // namespace mycel
