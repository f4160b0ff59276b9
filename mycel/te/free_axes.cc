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

std::vector<Axis> free_axes(const Expr& expr) {
  AxisAnalysis analysis({&expr, 1});
  return analysis.list(analysis.free(expr.get()));
}

void check_scopes(const Expr& value, std::span<const Axis> outer) {
  AxisAnalysis analysis({&value, 1});
  for (const Axis& axis : analysis.list(analysis.free(value.get()))) {
    if (std::find(outer.begin(), outer.end(), axis) == outer.end()) {
      fail_internal("[te] {} depends on an axis that is not the output's", to_string(value));
    }
  }
  if (analysis.free(value.get()).intersects(analysis.bound(value.get()))) {
    fail_internal("[te] {} reduces over an axis of the output", to_string(value));
  }
  for (const Node* node : analysis.nodes()) {
    if (node->kind == Kind::kAxis || node->axes.empty()) continue;
    for (const Axis& axis : node->axes) {
      for (const Axis& over : analysis.list(analysis.enclosing(node))) {
        if (axis == over) {
          fail_internal("[te] {} reduces over an axis inside a reduction over it",
                        to_string(value));
        }
      }
    }
  }
}

}  // namespace mycel::te
