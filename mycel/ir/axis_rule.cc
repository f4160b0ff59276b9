#include "mycel/ir/axis_rule.h"

#include <algorithm>

namespace mycel::ir {
namespace {

constexpr std::string_view kCombineNames[] = {"none", "sum", "product", "max", "min", "and", "or"};

// a, b, ..., z, a1, b1, ...
std::string label(size_t axis) {
  std::string text(1, static_cast<char>('a' + axis % 26));
  return axis < 26 ? text : text + std::to_string(axis / 26);
}

// The labels of the dims of one operand or result; "1" for a dim along no axis.
std::string dims_text(const AxisRule& rule, size_t number, std::vector<int> Axis::* dims) {
  std::vector<std::string> labels;
  for (size_t i = 0; i < rule.axes.size(); ++i) {
    const std::vector<int>& of_axis = rule.axes[i].*dims;
    int dim = number < of_axis.size() ? of_axis[number] : -1;
    if (dim < 0) continue;
    if (labels.size() <= static_cast<size_t>(dim)) labels.resize(static_cast<size_t>(dim) + 1, "1");
    labels[static_cast<size_t>(dim)] = label(i);
  }
  std::string text;
  for (const std::string& name : labels) text += (text.empty() ? "" : " ") + name;
  return text;
}

std::string side_text(const AxisRule& rule, std::vector<int> Axis::* dims) {
  size_t count = 0;
  for (const Axis& axis : rule.axes) count = std::max(count, (axis.*dims).size());
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i ? ", " : "") + dims_text(rule, i, dims);
  return text;
}

std::string kind_text(const Axis& axis) {
  switch (axis.kind) {
    case AxisKind::kParallel:
      return "";
    case AxisKind::kReduced:
      return std::string(kCombineNames[static_cast<int>(axis.combine)]);
    case AxisKind::kWhole:
      return axis.reason.empty() ? "whole" : "whole, " + axis.reason;
    case AxisKind::kHalo:
      return "halo";
    case AxisKind::kIndexed:
      return "indexed";
  }
  return "";
}

}  // namespace

std::string to_string(const AxisRule& rule) {
  std::string text =
      side_text(rule, &Axis::operand_dims) + " -> " + side_text(rule, &Axis::result_dims);
  std::string kinds;
  for (size_t i = 0; i < rule.axes.size(); ++i) {
    std::string kind = kind_text(rule.axes[i]);
    if (!kind.empty()) kinds += (kinds.empty() ? "" : "; ") + label(i) + ": " + kind;
  }
  return kinds.empty() ? text : text + "  (" + kinds + ")";
}

}  // namespace mycel::ir
