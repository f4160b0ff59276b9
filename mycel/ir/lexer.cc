#include "mycel/ir/lexer.h"

#include <algorithm>
#include <charconv>

namespace mycel::ir {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_part(char c) { return is_letter(c) || is_digit(c) || c == '.'; }

}  // namespace

void Lexer::skip() {
  while (at_ < text_.size()) {
    char c = text_[at_];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

bool Lexer::at_end() {
  skip();
  return at_ == text_.size();
}

size_t Lexer::position() {
  skip();
  return at_;
}

char Lexer::peek() {
  skip();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Lexer::accept(std::string_view token) {
  skip();
  if (text_.substr(at_, token.size()) != token) return false;
  size_t end = at_ + token.size();
  // A keyword must not be the prefix of a longer word.
  if (is_letter(token.back()) && end < text_.size() && is_name_part(text_[end])) return false;
  at_ = end;
  return true;
}

void Lexer::expect(std::string_view token) {
  if (!accept(token)) fail_here(fmt::format("expects \"{}\"", token));
}

std::string_view Lexer::word() {
  skip();
  size_t begin = at_;
  if (at_ < text_.size() && is_letter(text_[at_])) {
    while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

std::string_view Lexer::value_name() {
  expect("%");
  size_t begin = at_;
  while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
  if (at_ == begin) fail_here("expects a name after %");
  return text_.substr(begin, at_ - begin);
}

std::string Lexer::symbol() {
  expect("@");
  if (at_ < text_.size() && text_[at_] == '"') return string();
  size_t begin = at_;
  while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
  if (at_ == begin) fail_here("expects a name after @");
  return std::string(text_.substr(begin, at_ - begin));
}

char Lexer::unescaped() {
  char c = at_ < text_.size() ? text_[at_++] : '\0';
  if (c == '"' || c == '\\') return c;
  if (c == 'n') return '\n';
  unsigned code = 0;
  if (c == 'x' && at_ + 2 <= text_.size()) {
    const char* begin = text_.data() + at_;
    if (std::from_chars(begin, begin + 2, code, 16).ptr == begin + 2) {
      at_ += 2;
      return static_cast<char>(code);
    }
  }
  fail_at(at_, "expects \\\", \\\\, \\n or \\x and two digits");
}

std::string Lexer::string() {
  expect("\"");
  std::string result;
  while (true) {
    if (at_ == text_.size() || text_[at_] == '\n') fail_at(at_, "expects the end of a string");
    char c = text_[at_++];
    if (c == '"') return result;
    result += c == '\\' ? unescaped() : c;
  }
}

int64_t Lexer::integer() {
  size_t place = position();
  std::string_view digits = run();
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    fail_at(place, "expects an integer");
  }
  return value;
}

std::string_view Lexer::run() {
  skip();
  size_t begin = at_;
  while (at_ < text_.size() &&
         (is_name_part(text_[at_]) || text_[at_] == '-' || text_[at_] == '+')) {
    ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

Type Lexer::type() {
  size_t begin = position();
  while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '[') {
    at_ = std::min(text_.find_first_of("]\n", at_), text_.size());
    if (at_ < text_.size()) ++at_;
    if (at_ < text_.size() && text_[at_] == '@') {
      ++at_;
      while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
    }
  }
  try {
    return parse_type(text_.substr(begin, at_ - begin));
  } catch (const Error& error) {
    fail_at(begin, error.what());
  }
}

std::string_view Lexer::element(char close) {
  size_t begin = position();
  int depth = 0;
  for (; at_ < text_.size(); ++at_) {
    char c = text_[at_];
    if (depth == 0 && (c == ',' || c == close)) break;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == '\n' || depth < 0) break;
  }
  std::string_view text = text_.substr(begin, at_ - begin);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

void Lexer::fail_at(size_t position, std::string_view what) const {
  std::string_view before = text_.substr(0, position);
  auto line = std::count(before.begin(), before.end(), '\n') + 1;
  size_t start = before.rfind('\n');
  size_t column = position - (start == before.npos ? 0 : start + 1) + 1;
  fail(Code::kValue, "{}:{}:{}: {}", file_, line, column, what);
}

}  // namespace mycel::ir
