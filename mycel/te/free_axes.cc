#include "mycel/te/free_axes.h"

#include <algorithm>

namespace mycel::te {

void AxisSet::insert(const AxisSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

bool AxisSet::intersects(const AxisSet& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if (words_[i] & other.words_[i]) return true;
  }
  return false;
}

AxisAnalysis::AxisAnalysis(std::span<const Expr> roots) : nodes_(post_order(roots)) {
  number_.reserve(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) number_.emplace(nodes_[i], i);
  number_axes();
  walk_up();
  walk_down();
}

void AxisAnalysis::number_axes() {
  for (const Node* node : nodes_) {
    for (const Axis& axis : node->axes) {
      if (axis_number_.emplace(axis.id, axes_.size()).second) axes_.push_back(axis);
    }
  }
}

AxisSet AxisAnalysis::own(const Node* node) const {
  AxisSet set(axes_.size());
  for (const Axis& axis : node->axes) set.insert(axis_number_.at(axis.id));
  return set;
}

void AxisAnalysis::walk_up() {
  free_.reserve(nodes_.size());
  bound_.reserve(nodes_.size());
  for (const Node* node : nodes_) {
    AxisSet free(axes_.size()), bound(axes_.size());
    for (size_t i = 0; i < num_bodies(node); ++i) free.insert(this->free(node->operands[i].get()));
    for (const Axis& axis : node->axes) {
      if (node->kind == Kind::kAxis) {
        free.insert(axis_number_.at(axis.id));
      } else {
        free.erase(axis_number_.at(axis.id));
        bound.insert(axis_number_.at(axis.id));
      }
    }
    for (size_t i = num_bodies(node); i < node->operands.size(); ++i) {
      free.insert(this->free(node->operands[i].get()));
    }
    for (const Expr& operand : node->operands) bound.insert(this->bound(operand.get()));
    free_.push_back(std::move(free));
    bound_.push_back(std::move(bound));
  }
}

void AxisAnalysis::walk_down() {
  enclosing_.assign(nodes_.size(), AxisSet(axes_.size()));
  for (size_t n = nodes_.size(); n-- > 0;) {
    const Node* node = nodes_[n];
    for (size_t i = 0; i < node->operands.size(); ++i) {
      AxisSet& below = enclosing_[number(node->operands[i].get())];
      below.insert(enclosing_[n]);
      if (i < num_bodies(node)) below.insert(own(node));
    }
  }
}

std::vector<Axis> AxisAnalysis::list(const AxisSet& set) const {
  std::vector<Axis> out;
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (set.contains(i)) out.push_back(axes_[i]);
  }
  return out;
}

std::optional<Axis> AxisAnalysis::common(const AxisSet& a, const AxisSet& b) const {
  if (!a.intersects(b)) return {};
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (a.contains(i) && b.contains(i)) return axes_[i];
  }
  return {};
}

std::vector<Axis> free_axes(const Expr& expr) {
  AxisAnalysis analysis({&expr, 1});
  return analysis.list(analysis.free(expr.get()));
}

namespace {

using Problem = std::optional<ScopeProblem>;

Problem free_problem(const AxisAnalysis& analysis, const ScopedValue& scoped) {
  const Node* value = scoped.value.get();
  for (const Axis& axis : analysis.list(analysis.free(value))) {
    if (std::find(scoped.outer.begin(), scoped.outer.end(), axis) == scoped.outer.end()) {
      return ScopeProblem{ScopeProblem::Kind::kUnbound, axis};
    }
  }
  std::optional<Axis> axis = analysis.common(analysis.free(value), analysis.bound(value));
  if (!axis) return {};
  return ScopeProblem{ScopeProblem::Kind::kFreeAndBound, *axis};
}

Problem nested_problem(const AxisAnalysis& analysis) {
  for (const Node* node : analysis.nodes()) {
    if (num_bodies(node) == 0) continue;
    std::optional<Axis> axis = analysis.common(analysis.enclosing(node), analysis.own(node));
    if (axis) return ScopeProblem{ScopeProblem::Kind::kNested, *axis};
  }
  return {};
}

std::string_view text_of(ScopeProblem::Kind kind) {
  switch (kind) {
    case ScopeProblem::Kind::kUnbound:
      return "depends on an axis that is not the output's";
    case ScopeProblem::Kind::kFreeAndBound:
      return "reduces over an axis of the output";
    case ScopeProblem::Kind::kNested:
      break;
  }
  return "reduces over an axis inside a reduction over it";
}

}  // namespace

std::optional<ScopeProblem> scope_problem(std::span<const ScopedValue> values) {
  std::vector<Expr> roots;
  for (const ScopedValue& scoped : values) roots.push_back(scoped.value);
  AxisAnalysis analysis(roots);
  for (const ScopedValue& scoped : values) {
    if (Problem problem = free_problem(analysis, scoped)) return problem;
  }
  return nested_problem(analysis);
}

void check_scopes(const Expr& value, std::span<const Axis> outer) {
  ScopedValue scoped{value, outer};
  if (Problem problem = scope_problem({&scoped, 1})) {
    fail_internal("[te] {} {}", to_string(value), text_of(problem->kind));
  }
}

}  // namespace mycel::te
