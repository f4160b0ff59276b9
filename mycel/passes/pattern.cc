#include "mycel/passes/pattern.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

constexpr std::string_view kCommute[] = {"add",         "multiply",   "maximum", "minimum",
                                         "logical_and", "logical_or", "equal",   "not_equal"};

class TermParser {
 public:
  explicit TermParser(std::string_view text) : text_(text) {}

  Term parse() {
    Term term = next();
    if (at_ != text_.size()) wrong();
    return term;
  }

 private:
  Term next() {
    while (peek() == ' ') ++at_;
    size_t begin = at_;
    while (peek() == '_' || peek() == '-' || peek() == '?' || std::isalnum(peek())) ++at_;
    std::string_view word = text_.substr(begin, at_ - begin);
    if (word.empty()) wrong();
    if (peek() == '(') return operation(word);
    if (word == "?") return {Term::Kind::kComputed, 0, int64_t{0}, nullptr, {}};
    if (word == "true" || word == "false") return number(word == "true");
    if (word.size() == 1 && std::islower(word[0])) {
      return {Term::Kind::kVariable, word[0], int64_t{0}, nullptr, {}};
    }
    if (word == "-0") return number(-0.0);
    int64_t value = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) wrong();
    return number(value);
  }

  static Term number(ir::Scalar value) { return {Term::Kind::kNumber, 0, value, nullptr, {}}; }

  Term operation(std::string_view name) {
    Term term{Term::Kind::kOperation, 0, int64_t{0}, &op_named(name), {}};
    do {
      ++at_;
      term.operands.push_back(next());
    } while (peek() == ',');
    if (peek() != ')') wrong();
    ++at_;
    return term;
  }

  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : 0; }
  [[noreturn]] void wrong() const { fail_internal("the pattern {} is wrong at {}", text_, at_); }

  std::string_view text_;
  size_t at_ = 0;
};

bool commutes(const ir::OpDef& op) {
  return std::find(std::begin(kCommute), std::end(kCommute), op.name) != std::end(kCommute);
}

bool matches_value(const Term& term, ir::Value* value, Match& match);

bool matches_operands(const Term& term, ir::Operation& op, Match& match, bool swapped) {
  for (size_t i = 0; i < term.operands.size(); ++i) {
    size_t at = swapped ? term.operands.size() - 1 - i : i;
    if (!matches_value(term.operands[i], op.operand(at), match)) return false;
  }
  return true;
}

// Recursion goes as deep as the pattern.
bool matches_operation(const Term& term, ir::Operation& op, Match& match) {
  if (&op.def() != term.op || op.num_operands() != term.operands.size()) return false;
  match.operations.push_back(&op);
  Match before = match;
  if (matches_operands(term, op, match, false)) return true;
  if (term.operands.size() != 2 || !commutes(op.def())) return false;
  match = std::move(before);
  return matches_operands(term, op, match, true);
}

bool matches_value(const Term& term, ir::Value* value, Match& match) {
  if (!value) return false;
  switch (term.kind) {
    case Term::Kind::kVariable: {
      ir::Value*& known = match.variables[static_cast<size_t>(term.variable - 'a')];
      if (!known) known = value;
      return known == value;
    }
    case Term::Kind::kNumber: {
      std::optional<ir::Scalar> number = splat_of(value);
      if (!number) return false;
      double found = ir::to_double(*number), wanted = ir::to_double(term.number);
      return found == wanted && std::signbit(found) == std::signbit(wanted);
    }
    case Term::Kind::kOperation:
      return value->producer() && matches_operation(term, *value->producer(), match);
    case Term::Kind::kComputed:
      return false;
  }
  return false;
}

}  // namespace

Term parse_term(std::string_view text) { return TermParser(text).parse(); }

bool matches(const Term& term, ir::Operation& root, Match& match) {
  match = Match();
  match.root = &root;
  return matches_operation(term, root, match);
}

}  // namespace mycel::passes
