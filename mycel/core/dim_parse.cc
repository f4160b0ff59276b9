// Parses the text of a size: sum := term {(+|-) term}, term := factor {* factor}, factor := number,
// symbol, function(sum, sum...), -factor or (sum).
#include "mycel/base/error.h"
#include "mycel/core/dim.h"
#include "mycel/core/lexer.h"
#include "mycel/core/number_text.h"

namespace mycel {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxLength = 4096;

class DimParser {
 public:
  explicit DimParser(std::string_view text) : text_(text) {}

  Dim parse() {
    if (text_.size() > kMaxLength) fail(Code::kValue, "a size of {} characters", text_.size());
    Dim result = sum(0);
    skip_space();
    if (at_ != text_.size()) wrong();
    return result;
  }

 private:
  Dim sum(int depth) {
    if (depth > kMaxDepth) fail(Code::kValue, "a size is nested too deeply");
    Dim result = term(depth);
    while (true) {
      if (accept('+')) {
        result = result + term(depth);
      } else if (accept('-')) {
        result = result - term(depth);
      } else {
        return result;
      }
    }
  }

  Dim term(int depth) {
    Dim result = factor(depth);
    while (accept('*')) result = result * factor(depth);
    return result;
  }

  Dim factor(int depth) {
    if (depth > kMaxDepth) fail(Code::kValue, "a size is nested too deeply");
    if (accept('-')) return Dim(0) - factor(depth + 1);
    if (accept('(')) {
      Dim result = sum(depth + 1);
      expect(')');
      return result;
    }
    std::string_view name = word();
    if (name.empty()) wrong();
    if (name[0] >= '0' && name[0] <= '9') return number(name);
    return accept('(') ? function(name, depth + 1) : Dim::symbol(name);
  }

  Dim number(std::string_view digits) {
    int64_t value = 0;
    if (!read_number(digits, value)) wrong();
    return value;
  }

  Dim function(std::string_view name, int depth) {
    Dim (*apply)(Dim, Dim) = name == "floordiv" ? floordiv
                             : name == "mod"    ? mod
                             : name == "max"    ? static_cast<Dim (*)(Dim, Dim)>(max)
                             : name == "min"    ? static_cast<Dim (*)(Dim, Dim)>(min)
                                                : nullptr;
    if (!apply) wrong();
    bool binary = apply == floordiv || apply == mod;
    Dim result = sum(depth);
    int operands = 1;
    for (; accept(','); ++operands) result = apply(result, sum(depth));
    if (operands < 2 || (binary && operands != 2)) wrong();
    expect(')');
    return result;
  }

  std::string_view word() {
    skip_space();
    size_t begin = at_;
    auto part = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    while (at_ < text_.size() && part(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) wrong();
  }
  [[noreturn]] void wrong() {
    fail(Code::kValue, "expects a size such as 3, n or floordiv(n + 1, 2), got \"{}\"",
         shortened(text_));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Dim Dim::parse(std::string_view text) { return DimParser(text).parse(); }

}  // namespace mycel
