#include "mycel/core/lexer.h"

#include <algorithm>
#include <charconv>

#include "mycel/base/error.h"

namespace mycel {
namespace {

constexpr size_t kMaxFound = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_part(char c) { return is_letter(c) || is_digit(c) || c == '.'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

std::string shortened(std::string_view text) {
  if (text.size() <= kMaxFound) return std::string(text);
  size_t end = kMaxFound;
  // Not in the middle of a character of several bytes.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("{}...", text.substr(0, end));
}

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
  if (!accept(token)) fail_expected(fmt::format("\"{}\"", token));
}

std::string_view Lexer::identifier() {
  skip();
  size_t begin = at_;
  if (at_ < text_.size() && is_letter(text_[at_])) {
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

std::string_view Lexer::word() {
  skip();
  if (at_ == text_.size() || !is_letter(text_[at_])) return {};
  return name_run();
}

std::string_view Lexer::name_run() {
  size_t begin = at_;
  while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
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

std::string_view Lexer::number() {
  size_t begin = position();
  bool negative = accept("-");
  size_t behind_sign = at_;
  std::string_view digits = name_run();
  if (!digits.empty() && is_digit(digits[0])) {
    if ((digits.back() | 0x20) == 'e') skip_exponent();
  } else if (negative && digits != "inf") {
    at_ = behind_sign;
  } else if (digits == "nan") {
    skip_nan_bits();
  }
  return text_.substr(begin, at_ - begin);
}

// Behind the "e".
void Lexer::skip_exponent() {
  if (at_ == text_.size() || (text_[at_] != '-' && text_[at_] != '+')) return;
  ++at_;
  name_run();
}

// "(0x7fc00001)"
void Lexer::skip_nan_bits() {
  if (!text_.substr(at_).starts_with("(0x")) return;
  ++at_;
  name_run();
  if (at_ < text_.size() && text_[at_] == ')') ++at_;
}

std::string Lexer::element(char close) {
  std::string text;
  int depth = 0;
  for (size_t next = position(); !at_end(); next = ++at_) {
    char c = text_[at_];
    if (depth == 0 && (c == ',' || c == close)) break;
    depth += (c == '(') - (c == ')');
    if (depth < 0) break;
    if (at_ > next) text += ' ';
    text += c;
  }
  return text;
}

Dim Lexer::dim(char close) {
  size_t place = position();
  try {
    return Dim::parse(element(close));
  } catch (const Error& error) {
    fail_at(place, error.what());
  }
}

void Lexer::fail_at(size_t position, std::string_view what) const {
  std::string_view before = text_.substr(0, position);
  auto line = std::count(before.begin(), before.end(), '\n') + 1;
  size_t start = before.rfind('\n');
  size_t column = position - (start == before.npos ? 0 : start + 1) + 1;
  fail(Code::kValue, "{}:{}:{}: {}", file_, line, column, what);
}

void Lexer::fail_expected(std::string_view what) {
  size_t place = position();
  fail_at(place, fmt::format("expects {}, got {}", what, found()));
}

std::string Lexer::found() {
  if (at_end()) return "the end of the text";
  size_t begin = at_;
  auto takes = [&](char c) { return is_name_part(c) || !is_ascii(c); };
  while (at_ < text_.size() && at_ - begin <= kMaxFound && takes(text_[at_])) ++at_;
  if (at_ > begin) return fmt::format("\"{}\"", shortened(text_.substr(begin, at_ - begin)));
  char c = text_[at_];
  return c < ' ' || c == 0x7f ? fmt::format("\"\\x{:02x}\"", c) : fmt::format("\"{}\"", c);
}

}  // namespace mycel
