#include "mycel/te/text_scope.h"

namespace mycel::te {
namespace {

// Lists of axes are searched one by one.
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
    lexer_.fail_at(place, fmt::format("expects a new name, got \"{}\"", shortened(name)));
  }
}

void TextScope::add_input(std::string_view name, Input input, size_t place) {
  check_new(name, place);
  input_numbers_.emplace(name, static_cast<int>(inputs_.size()));
  inputs_.push_back(std::move(input));
}

void TextScope::add_part(std::string_view name, Expr value, size_t place) {
  if (auto used = axes_.find(name); used != axes_.end() && !used->second.bound) {
    lexer_.fail_at(used->second.first_use,
                   fmt::format("\"{}\" is defined further on", shortened(name)));
  }
  check_new(name, place);
  parts_.emplace(name, std::move(value));
}

TextScope::NamedAxis& TextScope::axis(std::string_view name, size_t place) {
  auto [found, is_new] = axes_.try_emplace(name);
  NamedAxis& axis = found->second;
  if (!is_new) return axis;
  if (is_defined(name)) {
    lexer_.fail_at(place, fmt::format("expects the name of an axis, got \"{}\"", shortened(name)));
  }
  if (axes_.size() > kMaxAxes) {
    lexer_.fail_at(place, fmt::format("expects at most {} axes", kMaxAxes));
  }
  axis.node = make_intrusive<Node>(Kind::kAxis, DType::kInt64);
  axis.node->axes = {te::axis(0)};
  axis_names_.emplace(axis.node->axes[0].id, name);
  axis.first_use = place;
  return axis;
}

Axis TextScope::bind(std::string_view name, Dim extent, size_t place) {
  NamedAxis& named = axis(name, place);
  Axis& axis = named.node->axes[0];
  if (named.bound && !(axis.extent == extent)) {
    lexer_.fail_at(place, fmt::format("expects {} < {}, as before, got {}", shortened(name),
                                      axis.extent.to_string(), extent.to_string()));
  }
  axis.extent = extent;
  if (named.data) named.data->axes[0] = axis;
  named.bound = true;
  named.last_binding = place;
  return axis;
}

Expr TextScope::value(std::string_view name, size_t place) {
  if (auto part = parts_.find(name); part != parts_.end()) return part->second;
  if (input_numbers_.count(name)) {
    lexer_.fail_at(place,
                   fmt::format("expects an element such as {0}[i], got \"{0}\"", shortened(name)));
  }
  return axis(name, place).node;
}

Expr TextScope::as_data(const Expr& value) {
  if (value->kind != Kind::kAxis || value->from_data) return te::as_data(value);
  NamedAxis& axis = axes_.at(axis_names_.at(value->axes[0].id));
  if (!axis.data) {
    axis.data = make_intrusive<Node>(Kind::kAxis, DType::kInt64);
    axis.data->axes = value->axes;
    axis.data->from_data = true;
  }
  return axis.data;
}

int TextScope::input(std::string_view name, size_t place) const {
  auto found = input_numbers_.find(name);
  if (found != input_numbers_.end()) return found->second;
  lexer_.fail_at(place, fmt::format("expects an input, got \"{}\"", shortened(name)));
}

void TextScope::check_bound() const {
  const NamedAxis* first = nullptr;
  for (const auto& [name, axis] : axes_) {
    if (!axis.bound && (!first || axis.first_use < first->first_use)) first = &axis;
  }
  if (!first) return;
  std::string_view name = axis_names_.at(first->node->axes[0].id);
  lexer_.fail_at(first->first_use, fmt::format("expects an axis that is bound, or the name of a "
                                               "subexpression above, got \"{}\"",
                                               shortened(name)));
}

void TextScope::fail(const ScopeProblem& problem) const {
  std::string_view name = axis_names_.at(problem.axis.id);
  std::string_view text =
      problem.kind == ScopeProblem::Kind::kUnbound        ? "is also used where it is not bound"
      : problem.kind == ScopeProblem::Kind::kFreeAndBound ? "is bound both in a value and around it"
                                                          : "is bound inside a reduction over it";
  lexer_.fail_at(axes_.at(name).last_binding, fmt::format("\"{}\" {}", shortened(name), text));
}

}  // namespace mycel::te
