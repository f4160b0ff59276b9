#include "mycel/ir/lexer.h"

#include <algorithm>

namespace mycel::ir {

std::string_view Lexer::value_name() {
  expect("%");
  std::string_view name = name_run();
  if (name.empty()) fail_here("expects a name after %");
  return name;
}

std::string Lexer::symbol() {
  expect("@");
  if (at_ < text_.size() && text_[at_] == '"') return string();
  std::string_view name = name_run();
  if (name.empty()) fail_here("expects a name after @");
  return std::string(name);
}

Type Lexer::type() {
  size_t begin = position();
  name_run();
  if (at_ < text_.size() && text_[at_] == '[') {
    at_ = std::min(text_.find_first_of("]\n", at_), text_.size());
    if (at_ < text_.size()) ++at_;
    if (at_ < text_.size() && text_[at_] == '@') {
      ++at_;
      name_run();
    }
  }
  try {
    return parse_type(text_.substr(begin, at_ - begin));
  } catch (const Error& error) {
    fail_at(begin, error.what());
  }
}

}  // namespace mycel::ir
