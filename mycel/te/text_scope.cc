#include "mycel/te/text_scope.h"

namespace mycel::te {
namespace {

// An analysis of axes keeps bits for each node and axis.
constexpr size_t kMaxAxes = 4096;

bool is_number_word(std::string_view name) {
  return name == "true" || name == "false" || name == "inf" || name == "nan";
}

}  // namespace

bool TextScope::is_defined(std::string_view name) const {
  return is_number_word(name) || input_numbers_.count(name) || parts_.count(name);
}

void TextScope::check_new(std::string_view name, size_t place) const {
  if (is_defined(name) || axes_.count(name)) {
    lexer_.fail_at(place, fmt::format("expects a new name, got \"{}\"", name));
  }
}

void TextScope::add_input(std::string_view name, Input input, size_t place) {
  check_new(name, place);
  input_numbers_.emplace(name, static_cast<int>(inputs_.size()));
  inputs_.push_back(std::move(input));
}

void TextScope::add_part(std::string_view name, Expr value, size_t place) {
  if (auto used = axes_.find(name); used != axes_.end() && !used->second.bound) {
    lexer_.fail_at(used->second.first_use, fmt::format("\"{}\" is defined further on", name));
  }
  check_new(name, place);
  parts_.emplace(name, std::move(value));
}

TextScope::NamedAxis& TextScope::axis(std::string_view name, size_t place) {
  auto [found, is_new] = axes_.try_emplace(name);
  NamedAxis& axis = found->second;
  if (!is_new) return axis;
  if (is_defined(name)) {
    lexer_.fail_at(place, fmt::format("expects the name of an axis, got \"{}\"", name));
  }
  if (axes_.size() > kMaxAxes) {
    lexer_.fail_at(place, fmt::format("expects at most {} axes", kMaxAxes));
  }
  axis.node = make_intrusive<Node>(Kind::kAxis, DType::kInt64);
  axis.node->axes = {te::axis(0)};
  axis.first_use = place;
  return axis;
}

Axis TextScope::bind(std::string_view name, Dim extent, size_t place) {
  NamedAxis& named = axis(name, place);
  Axis& axis = named.node->axes[0];
  if (named.bound && !(axis.extent == extent)) {
    lexer_.fail_at(place, fmt::format("expects {} < {}, as before, got {}", name,
                                      axis.extent.to_string(), extent.to_string()));
  }
  axis.extent = extent;
  named.bound = true;
  named.last_binding = place;
  return axis;
}

Expr TextScope::value(std::string_view name, size_t place) {
  if (auto part = parts_.find(name); part != parts_.end()) return part->second;
  if (input_numbers_.count(name)) {
    lexer_.fail_at(place, fmt::format("expects an element such as {0}[i], got \"{0}\"", name));
  }
  return axis(name, place).node;
}

int TextScope::input(std::string_view name, size_t place) const {
  auto found = input_numbers_.find(name);
  if (found != input_numbers_.end()) return found->second;
  lexer_.fail_at(place, fmt::format("expects an input, got \"{}\"", name));
}

void TextScope::fail(const ScopeProblem& problem) const {
  for (const auto& [name, axis] : axes_) {
    if (axis.node->axes[0] == problem.axis) fail(problem.kind, name, axis);
  }
  fail_internal("[te] a problem of an axis without a name");
}

void TextScope::fail(ScopeProblem::Kind kind, std::string_view name, const NamedAxis& axis) const {
  if (!axis.bound) {
    lexer_.fail_at(axis.first_use, fmt::format("expects an axis that is bound, or the name of a "
                                               "subexpression above, got \"{}\"",
                                               name));
  }
  std::string_view problem =
      kind == ScopeProblem::Kind::kUnbound        ? "is also used where it is not bound"
      : kind == ScopeProblem::Kind::kFreeAndBound ? "is bound both in a value and around it"
                                                  : "is bound inside a reduction over it";
  lexer_.fail_at(axis.last_binding, fmt::format("\"{}\" {}", name, problem));
}

}  // namespace mycel::te
