// TextScope: the names that the text of a formula defines.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "mycel/core/lexer.h"
#include "mycel/te/computation.h"
#include "mycel/te/free_axes.h"

namespace mycel::te {

// Raises errors at positions of the lexer's text, which must outlive this.
class TextScope {
 public:
  explicit TextScope(const Lexer& lexer) : lexer_(lexer) {}

  void add_input(std::string_view name, Input input, size_t place);
  // Names a shared subexpression.
  void add_part(std::string_view name, Expr value, size_t place);
  // An output or a reduction states the extent of an axis.
  Axis bind(std::string_view name, Dim extent, size_t place);

  // The part or the axis of this name. An axis may be bound further on.
  Expr value(std::string_view name, size_t place);
  int input(std::string_view name, size_t place) const;
  const std::vector<Input>& inputs() const { return inputs_; }

  [[noreturn]] void fail(const ScopeProblem& problem) const;

 private:
  struct NamedAxis {
    // The one node of the axis; it gets its extent where the axis is bound.
    IntrusivePtr<Node> node;
    bool bound = false;
    size_t first_use = 0, last_binding = 0;  // places
  };

  [[noreturn]] void fail(ScopeProblem::Kind kind, std::string_view name,
                         const NamedAxis& axis) const;
  bool is_defined(std::string_view name) const;
  void check_new(std::string_view name, size_t place) const;
  NamedAxis& axis(std::string_view name, size_t place);

  const Lexer& lexer_;
  std::vector<Input> inputs_;
  std::unordered_map<std::string_view, int> input_numbers_;
  std::unordered_map<std::string_view, Expr> parts_;
  std::unordered_map<std::string_view, NamedAxis> axes_;
};

}  // namespace mycel::te
