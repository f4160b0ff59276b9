#include "mycel/te/parser.h"

#include "mycel/te/expr_parser.h"
#include "mycel/te/free_axes.h"

namespace mycel::te {
namespace {

// The analysis of scopes keeps three bits for each operation and axis.
constexpr size_t kMaxAxisBits = size_t{1} << 28;

class ComputationParser {
 public:
  ComputationParser(std::string_view text, std::string_view file)
      : lexer_(text, file), scope_(lexer_), values_(lexer_, scope_) {}

  Computation parse() {
    parse_inputs();
    lexer_.expect("->");
    if (lexer_.accept("(")) {
      lexer_.expect(")");
    } else {
      parse_statements();
    }
    if (!lexer_.at_end()) lexer_.fail_expected("an operator, \";\" or the end of the text");
    scope_.check_bound();
    check_size();
    check_scopes();
    return {scope_.inputs(), std::move(outputs_)};
  }

 private:
  void parse_inputs() {
    lexer_.expect("(");
    if (lexer_.accept(")")) return;
    do {
      size_t place = lexer_.position();
      std::string_view name = lexer_.identifier();
      if (name.empty()) lexer_.fail_expected("an input such as a: f32[n]");
      lexer_.expect(":");
      DType dtype = parse_dtype(lexer_);
      scope_.add_input(name, {dtype, parse_dims()}, place);
    } while (lexer_.accept(","));
    lexer_.expect(")");
  }

  Dims parse_dims() {
    Dims dims;
    lexer_.expect("[");
    if (lexer_.accept("]")) return dims;
    do {
      dims.push_back(parse_size(lexer_, ']'));
    } while (lexer_.accept(","));
    lexer_.expect("]");
    return dims;
  }

  void parse_statements() {
    do {
      parse_statement();
    } while (lexer_.accept(";"));
    if (lexer_.at_end() && outputs_.empty()) {
      lexer_.fail_expected("\";\" and a result such as f32[i < n] = a[i]");
    }
  }

  void parse_statement() {
    size_t place = lexer_.position();
    std::string_view word = lexer_.identifier();
    if (lexer_.peek() == '[') {
      lexer_.seek(place);
      return parse_output();
    }
    if (word.empty()) lexer_.fail_expected("a result such as f32[i < n] = a[i], or t0 = a[i]");
    lexer_.expect("=");
    scope_.add_part(word, values_.parse(), place);
  }

  void parse_output() {
    DType dtype = parse_dtype(lexer_);
    std::vector<Axis> axes = parse_axes();
    lexer_.expect("=");
    size_t place = lexer_.position();
    Expr value = values_.parse();
    if (value->dtype != dtype) {
      lexer_.fail_at(place,
                     fmt::format("expects a value of {}, got {}", name(dtype), name(value->dtype)));
    }
    outputs_.push_back({dtype, std::move(axes), std::move(value)});
  }

  std::vector<Axis> parse_axes() {
    std::vector<Axis> axes;
    lexer_.expect("[");
    if (lexer_.accept("]")) return axes;
    do {
      parse_binding(lexer_, scope_, ']', axes);
    } while (lexer_.accept(","));
    lexer_.expect("]");
    return axes;
  }

  void check_size() {
    std::vector<Expr> values;
    for (const Output& output : outputs_) values.push_back(output.value);
    size_t nodes = post_order(values).size(), axes = scope_.num_axes();
    if (nodes * axes <= kMaxAxisBits) return;
    lexer_.fail_here(fmt::format("expects at most {} operations over {} axes, got {}",
                                 kMaxAxisBits / axes, axes, nodes));
  }

  void check_scopes() const {
    std::vector<ScopedValue> values;
    for (const Output& output : outputs_) values.push_back({output.value, output.axes});
    std::optional<ScopeProblem> problem = scope_problem(values);
    if (problem) scope_.fail(*problem);
  }

  Lexer lexer_;
  TextScope scope_;
  ExprParser values_;
  std::vector<Output> outputs_;
};

}  // namespace

Computation parse_computation(std::string_view text, std::string_view file_name) {
  return ComputationParser(text, file_name).parse();
}

}  // namespace mycel::te
