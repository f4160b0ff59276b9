// ExprParser: parses one value of the text of a formula (parser.h).
#pragma once

#include <vector>

#include "mycel/te/operand_problem.h"
#include "mycel/te/syntax.h"
#include "mycel/te/text_scope.h"

namespace mycel::te {

DType parse_dtype(Lexer& lexer);
Dim parse_size(Lexer& lexer, char close);  // at least 0
// Appends "i < n".
void parse_binding(Lexer& lexer, TextScope& scope, char close, std::vector<Axis>& axes);

// Keeps the open brackets on a stack of its own: texts of deep graphs are deeply nested.
class ExprParser {
 public:
  ExprParser(Lexer& lexer, TextScope& scope) : lexer_(lexer), scope_(scope) {}

  Expr parse();

 private:
  struct PendingInfix {
    const Infix* infix;
    size_t place;
  };
  // An open bracket and what was read inside it.
  struct Bracket {
    enum class Kind { kNone, kGroup, kCall, kCast, kBitcast, kData, kLoad, kScanAt, kBody };
    Kind kind = Kind::kNone;
    size_t place = 0;  // of its first word
    Fn fn = Fn::kAdd;
    DType dtype = DType::kBool;
    Reducer reducer = Reducer::kSum;
    int input = -1;
    bool predicated = false;
    bool is_scan = false;
    std::string_view axis;     // of a scan
    std::vector<Axis> axes;    // of a reduction
    std::vector<Expr> done;    // elements
    std::vector<Expr> values;  // of the element that is being read, with the operators between them
    std::vector<PendingInfix> infixes;
  };

  Bracket& top() { return brackets_.back(); }
  Bracket& open(Bracket::Kind kind, size_t place);

  // Reads a value, or opens a bracket and returns false.
  bool read_operand();
  bool read_word();
  bool open_call(std::string_view word, size_t place);
  bool open_load(std::string_view word, size_t place);
  bool starts_reduction() const;
  void open_reduction(Reducer reducer, size_t place);
  Expr literal();
  Expr extent();

  // Reads an operator; false where the element ends.
  bool read_infix();
  void apply_infix();
  void finish_element();
  // Reads what separates elements; false where the bracket ends.
  bool read_separator();
  void start_scan_body();

  Expr close();
  Expr close_load(Bracket& bracket);
  Expr close_body(Bracket& bracket);
  int result_of_arg_reduce();
  void check(const OperandProblem& problem, size_t place) const;

  Lexer& lexer_;
  TextScope& scope_;
  std::vector<Bracket> brackets_;
};

}  // namespace mycel::te
