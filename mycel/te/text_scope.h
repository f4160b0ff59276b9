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
  // te::as_data, also of an axis that is bound further on.
  Expr as_data(const Expr& value);
  int input(std::string_view name, size_t place) const;
  const std::vector<Input>& inputs() const { return inputs_; }
  size_t num_axes() const { return axes_.size(); }

  // Fails for an axis that is bound nowhere.
  void check_bound() const;
  [[noreturn]] void fail(const ScopeProblem& problem) const;

 private:
  struct NamedAxis {
    // The one node of the axis and the one marked as data; they get their extents where the axis is
    // bound.
    IntrusivePtr<Node> node, data;
    bool bound = false;
    size_t first_use = 0, last_binding = 0;  // places
  };

  bool is_defined(std::string_view name) const;
  void check_new(std::string_view name, size_t place) const;
  NamedAxis& axis(std::string_view name, size_t place);

  const Lexer& lexer_;
  std::vector<Input> inputs_;
  std::unordered_map<std::string_view, int> input_numbers_;
  std::unordered_map<std::string_view, Expr> parts_;
  std::unordered_map<std::string_view, NamedAxis> axes_;
  std::unordered_map<int64_t, std::string_view> axis_names_;  // by Axis::id
};

}  // namespace mycel::te
