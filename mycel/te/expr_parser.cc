#include "mycel/te/expr_parser.h"

#include <algorithm>

#include "mycel/core/number_text.h"

namespace mycel::te {
namespace {

// A number of one dtype; null if the text is none.
Expr number_of(DType dtype, std::string_view text) {
  return visit_dtype(dtype, [&](auto tag) -> Expr {
    using T = typename decltype(tag)::type;
    T value{};
    if (!read_number(text, value)) return nullptr;
    if constexpr (std::is_integral_v<T>) {
      return constant(dtype, static_cast<int64_t>(value));
    } else {
      return constant(dtype, static_cast<double>(static_cast<ComputeType<T>>(value)));
    }
  });
}

bool looks_integer(std::string_view text) {
  return text.find_first_not_of("-0123456789") == text.npos;
}

}  // namespace

DType parse_dtype(Lexer& lexer) {
  size_t place = lexer.position();
  std::optional<DType> dtype = mycel::parse_dtype(lexer.identifier());
  if (dtype) return *dtype;
  lexer.seek(place);
  lexer.fail_expected("a dtype such as f32");
}

Dim parse_size(Lexer& lexer, char close) {
  size_t place = lexer.position();
  Dim dim = lexer.dim(close);
  if (dim.is_constant() && dim.value() < 0) {
    lexer.fail_at(place, fmt::format("expects a size of at least 0, got {}", dim.value()));
  }
  return dim;
}

void parse_binding(Lexer& lexer, TextScope& scope, char close, std::vector<Axis>& axes) {
  size_t place = lexer.position();
  std::string_view name = lexer.identifier();
  if (name.empty()) lexer.fail_expected("an axis such as i < n");
  lexer.expect("<");
  Axis axis = scope.bind(name, parse_size(lexer, close), place);
  if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
    lexer.fail_at(place, fmt::format("expects another axis, got \"{}\" twice", shortened(name)));
  }
  axes.push_back(axis);
}

Expr ExprParser::parse() {
  brackets_.clear();
  open(Bracket::Kind::kNone, lexer_.position());
  while (true) {
    if (!read_operand()) continue;
    while (!read_infix()) {
      finish_element();
      if (brackets_.size() == 1) return std::move(top().done[0]);
      if (read_separator()) break;
      Expr value = close();
      top().values.push_back(std::move(value));
    }
  }
}

ExprParser::Bracket& ExprParser::open(Bracket::Kind kind, size_t place) {
  Bracket& bracket = brackets_.emplace_back();
  bracket.kind = kind;
  bracket.place = place;
  return bracket;
}

// --- a value ------------------------------------------------------------------------------------

bool ExprParser::read_operand() {
  size_t place = lexer_.position();
  char first = lexer_.peek();
  if (first == '-' || (first >= '0' && first <= '9')) {
    top().values.push_back(literal());
    return true;
  }
  if (!lexer_.accept("(")) return read_word();
  open(Bracket::Kind::kGroup, place);
  return false;
}

bool ExprParser::read_word() {
  size_t place = lexer_.position();
  std::string_view word = lexer_.identifier();
  if (word.empty()) lexer_.fail_expected("a value");
  if (word == "inf" || word == "nan") {
    lexer_.seek(place);
    top().values.push_back(literal());
    return true;
  }
  if (lexer_.accept("[")) return open_load(word, place);
  if (lexer_.accept("(")) return open_call(word, place);
  bool is_bool = word == "true" || word == "false";
  top().values.push_back(is_bool ? number_of(DType::kBool, word) : scope_.value(word, place));
  return true;
}

Expr ExprParser::literal() {
  size_t place = lexer_.position();
  std::string_view text = lexer_.number();
  if (text == "-") lexer_.fail_at(place, "expects a number after \"-\"; write neg(x) for -x");
  DType dtype = looks_integer(text) ? kDefaultInt : kDefaultFloat;
  if (lexer_.accept(":")) dtype = parse_dtype(lexer_);
  if (Expr value = number_of(dtype, text)) return value;
  lexer_.fail_at(place,
                 fmt::format("expects a number of {}, got \"{}\"", name(dtype), shortened(text)));
}

Expr ExprParser::extent() {
  Expr value = te::extent(lexer_.dim(')'));
  lexer_.expect(")");
  return value;
}

bool ExprParser::open_load(std::string_view word, size_t place) {
  int input = scope_.input(word, place);
  Bracket& bracket = open(Bracket::Kind::kLoad, place);
  bracket.input = input;
  bracket.predicated = lexer_.accept("if");
  if (bracket.predicated || !lexer_.accept("]")) return false;
  Expr value = close();
  top().values.push_back(std::move(value));
  return true;
}

bool ExprParser::open_call(std::string_view word, size_t place) {
  if (word == kExtentWord) {
    top().values.push_back(extent());
    return true;
  }
  std::optional<Reducer> reducer = find_reducer(word);
  std::optional<Fn> fn = find_function(word);
  if (reducer && (!fn || starts_reduction())) {
    open_reduction(*reducer, place);
  } else if (fn) {
    open(Bracket::Kind::kCall, place).fn = *fn;
  } else if (word == kDataWord) {
    open(Bracket::Kind::kData, place);
  } else if (std::optional<DType> dtype = mycel::parse_dtype(word)) {
    open(Bracket::Kind::kCast, place).dtype = *dtype;
  } else {
    bool bits = word.starts_with(kBitcastPrefix);
    dtype = bits ? mycel::parse_dtype(word.substr(kBitcastPrefix.size())) : std::nullopt;
    if (!dtype) {
      lexer_.fail_at(place, fmt::format("expects a function, got \"{}\"", shortened(word)));
    }
    open(Bracket::Kind::kBitcast, place).dtype = *dtype;
  }
  return false;
}

// max(i < n) begins a reduction: the function max takes no bool, so no comparison.
bool ExprParser::starts_reduction() const {
  Lexer ahead = lexer_;
  return !ahead.identifier().empty() && ahead.accept("<");
}

void ExprParser::open_reduction(Reducer reducer, size_t place) {
  Lexer ahead = lexer_;
  std::string_view name = ahead.identifier();
  bool is_scan = !name.empty() && ahead.accept("<=");
  Bracket& bracket = open(is_scan ? Bracket::Kind::kScanAt : Bracket::Kind::kBody, place);
  bracket.reducer = reducer;
  bracket.is_scan = is_scan;
  if (is_scan) {
    bracket.axis = name;
    lexer_ = ahead;
    return;
  }
  do {
    parse_binding(lexer_, scope_, ')', bracket.axes);
  } while (lexer_.accept(","));
  lexer_.expect(")");
  lexer_.expect("{");
}

// --- operators and separators -------------------------------------------------------------------

bool ExprParser::read_infix() {
  size_t place = lexer_.position();
  for (const Infix& infix : kInfixes) {
    if (!lexer_.accept(infix.text)) continue;
    std::vector<PendingInfix>& pending = top().infixes;
    while (!pending.empty() && pending.back().infix->precedence >= infix.precedence) apply_infix();
    pending.push_back({&infix, place});
    return true;
  }
  return false;
}

void ExprParser::apply_infix() {
  Bracket& bracket = top();
  auto [infix, place] = bracket.infixes.back();
  bracket.infixes.pop_back();
  std::vector<Expr> operands(std::make_move_iterator(bracket.values.end() - 2),
                             std::make_move_iterator(bracket.values.end()));
  bracket.values.resize(bracket.values.size() - 2);
  check(call_problem(infix->fn, operands), place);
  bracket.values.push_back(call(infix->fn, std::move(operands)));
}

void ExprParser::finish_element() {
  while (!top().infixes.empty()) apply_infix();
  top().done.push_back(std::move(top().values.back()));
  top().values.clear();
}

bool ExprParser::read_separator() {
  Bracket& bracket = top();
  switch (bracket.kind) {
    case Bracket::Kind::kCall:
      if (lexer_.accept(",")) return true;
      if (!lexer_.accept(")")) lexer_.fail_expected("an operator, \",\" or \")\"");
      return false;
    case Bracket::Kind::kLoad:
      if (!bracket.predicated && lexer_.accept(",")) return true;
      if (!bracket.predicated && lexer_.accept("if")) return bracket.predicated = true;
      if (!lexer_.accept("]")) {
        lexer_.fail_expected(bracket.predicated ? "an operator or \"]\""
                                                : "an operator, \",\", \"if\" or \"]\"");
      }
      return false;
    case Bracket::Kind::kScanAt:
      start_scan_body();
      return true;
    case Bracket::Kind::kBody:
      if (is_arg(bracket.reducer) && lexer_.accept(",")) return true;
      if (!lexer_.accept("}")) lexer_.fail_expected("an operator or \"}\"");
      return false;
    default:
      if (!lexer_.accept(")")) lexer_.fail_expected("an operator or \")\"");
      return false;
  }
}

void ExprParser::start_scan_body() {
  lexer_.expect(",");
  size_t place = lexer_.position();
  if (!lexer_.accept(top().axis)) {
    lexer_.fail_expected(fmt::format("\"{} < ...\"", shortened(top().axis)));
  }
  lexer_.seek(place);
  parse_binding(lexer_, scope_, ')', top().axes);
  lexer_.expect(")");
  lexer_.expect("{");
  top().kind = Bracket::Kind::kBody;
}

// --- the end of a bracket -----------------------------------------------------------------------

Expr ExprParser::close() {
  Bracket bracket = std::move(top());
  brackets_.pop_back();
  switch (bracket.kind) {
    case Bracket::Kind::kCall:
      check(call_problem(bracket.fn, bracket.done), bracket.place);
      return call(bracket.fn, std::move(bracket.done));
    case Bracket::Kind::kCast:
      return cast(bracket.done[0], bracket.dtype);
    case Bracket::Kind::kBitcast:
      check(bitcast_problem(bracket.done[0], bracket.dtype), bracket.place);
      return bitcast(bracket.done[0], bracket.dtype);
    case Bracket::Kind::kData:
      return scope_.as_data(bracket.done[0]);
    case Bracket::Kind::kLoad:
      return close_load(bracket);
    case Bracket::Kind::kBody:
      return close_body(bracket);
    default:
      return std::move(bracket.done[0]);
  }
}

Expr ExprParser::close_load(Bracket& bracket) {
  const Input& input = scope_.inputs()[static_cast<size_t>(bracket.input)];
  std::vector<Expr>& operands = bracket.done;
  check(load_problem(operands, bracket.predicated), bracket.place);
  Expr predicate;
  if (bracket.predicated) {
    predicate = std::move(operands.back());
    operands.pop_back();
  }
  if (operands.size() != input.dims.size()) {
    lexer_.fail_at(bracket.place, fmt::format("expects an index for each of {} dims, got {}",
                                              input.dims.size(), operands.size()));
  }
  if (!predicate) return load(bracket.input, input.dtype, std::move(operands));
  return load_if(std::move(predicate), bracket.input, input.dtype, std::move(operands));
}

Expr ExprParser::close_body(Bracket& bracket) {
  std::vector<Expr>& done = bracket.done;
  if (bracket.is_scan) {
    check(scan_problem(bracket.reducer, done[1], done[0]), bracket.place);
    return scan(bracket.reducer, bracket.axes[0], done[1], done[0]);
  }
  if (is_arg(bracket.reducer)) {
    if (done.size() != 2) lexer_.fail_at(bracket.place, "expects a value and an index");
    check(arg_reduce_problem(bracket.reducer, done[0], done[1]), bracket.place);
    int result = result_of_arg_reduce();
    return arg_reduce(bracket.reducer, std::move(bracket.axes), done[0], done[1], result);
  }
  check(reduce_problem(bracket.reducer, done[0]), bracket.place);
  return reduce(bracket.reducer, std::move(bracket.axes), done[0]);
}

int ExprParser::result_of_arg_reduce() {
  if (lexer_.accept(".value")) return 0;
  if (lexer_.accept(".index")) return 1;
  lexer_.fail_expected("\".value\" or \".index\"");
}

void ExprParser::check(const OperandProblem& problem, size_t place) const {
  if (problem) lexer_.fail_at(place, *problem);
}

}  // namespace mycel::te
