#include "mycel/te/axis_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "mycel/te/fn.h"

namespace mycel::te {
namespace {

constexpr std::string_view kKinds[] = {"",         "affine",    "",        "ordered",
                                       "indirect", "piecewise", "grouped", "whole"};

// a, b, ..., z, a1, b1, ...
std::string label(size_t axis) {
  std::string text(1, static_cast<char>('a' + axis % 26));
  return axis < 26 ? text : text + std::to_string(axis / 26);
}

// The labels of one input's or output's dims: of the first axis that a dim runs along, or "1".
std::string dims_text(const AxisRule& rule, size_t number, std::vector<int> RuleAxis::* dims) {
  std::vector<std::string> labels;
  for (size_t i = 0; i < rule.axes.size(); ++i) {
    int dim = (rule.axes[i].*dims)[number];
    if (dim < 0) continue;
    auto at = static_cast<size_t>(dim);
    if (labels.size() <= at) labels.resize(at + 1, "1");
    if (labels[at] == "1") labels[at] = label(i);
  }
  return fmt::format("{}", fmt::join(labels, " "));
}

std::string side_text(const AxisRule& rule, std::vector<int> RuleAxis::* dims) {
  size_t count = rule.axes.empty() ? 0 : (rule.axes[0].*dims).size();
  std::vector<std::string> all;
  for (size_t i = 0; i < count; ++i) all.push_back(dims_text(rule, i, dims));
  return fmt::format("{}", fmt::join(all, ", "));
}

// "sum, sized"; "" for an axis that is parallel and no more.
std::string kind_text(const RuleAxis& axis) {
  std::vector<std::string_view> words;
  std::string_view kind = kKinds[static_cast<size_t>(axis.kind)];
  if (axis.combine) kind = name(*axis.combine);
  if (!kind.empty()) words.push_back(kind);
  if (axis.positional) words.emplace_back("positional");
  if (axis.sized) words.emplace_back("sized");
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

RuleAxis rule_axis(AxisKind kind, Dim extent, std::vector<int> input_dims,
                   std::vector<int> output_dims) {
  RuleAxis axis;
  axis.kind = kind;
  axis.extent = extent;
  axis.reaches.resize(input_dims.size());
  axis.input_dims = std::move(input_dims);
  axis.output_dims = std::move(output_dims);
  return axis;
}

std::string to_string(const AxisRule& rule) {
  std::string text =
      side_text(rule, &RuleAxis::input_dims) + " -> " + side_text(rule, &RuleAxis::output_dims);
  std::vector<std::string> kinds;
  for (size_t i = 0; i < rule.axes.size(); ++i) {
    std::string kind = kind_text(rule.axes[i]);
    if (!kind.empty()) kinds.push_back(label(i) + ": " + kind);
  }
  return kinds.empty() ? text : fmt::format("{}  ({})", text, fmt::join(kinds, "; "));
}

}  // namespace mycel::te
