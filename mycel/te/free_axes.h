// AxisAnalysis: the free, bound and enclosing axes of the nodes of expressions.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

// A set of axes of one AxisAnalysis, by number.
class AxisSet {
 public:
  explicit AxisSet(size_t size = 0) : words_((size + 63) / 64) {}
  void insert(size_t i) { words_[i / 64] |= uint64_t{1} << (i % 64); }
  void erase(size_t i) { words_[i / 64] &= ~(uint64_t{1} << (i % 64)); }
  bool contains(size_t i) const { return words_[i / 64] >> (i % 64) & 1; }
  void insert(const AxisSet& other);
  bool intersects(const AxisSet& other) const;

 private:
  std::vector<uint64_t> words_;
};

// Analyses every node below the roots in one pass up and one down; one bit per node and axis.
class AxisAnalysis {
 public:
  explicit AxisAnalysis(std::span<const Expr> roots);

  const std::vector<const Node*>& nodes() const { return nodes_; }  // operands before users
  // The axes of the node itself: those that it binds, or the one that it is.
  AxisSet own(const Node* node) const;
  // The axes that the node depends on and that are not bound inside.
  const AxisSet& free(const Node* node) const { return free_[number(node)]; }
  // The axes bound by the node or inside it.
  const AxisSet& bound(const Node* node) const { return bound_[number(node)]; }
  // The axes bound by reductions whose body contains the node, on any path from a root.
  const AxisSet& enclosing(const Node* node) const { return enclosing_[number(node)]; }
  std::vector<Axis> list(const AxisSet& set) const;
  std::optional<Axis> common(const AxisSet& a, const AxisSet& b) const;

 private:
  size_t number(const Node* node) const { return number_.at(node); }
  void number_axes();
  void walk_up();
  void walk_down();

  std::vector<const Node*> nodes_;
  std::unordered_map<const Node*, size_t> number_;
  std::vector<Axis> axes_;  // in the order of their first use
  std::unordered_map<int64_t, size_t> axis_number_;
  std::vector<AxisSet> free_, bound_, enclosing_;
};

// The number of operands in the scope of the axes that a node binds: all of a kReduce, the body of
// a kScan.
inline size_t num_bodies(const Node* node) {
  if (node->kind == Kind::kReduce) return node->operands.size();
  return node->kind == Kind::kScan ? 1 : 0;
}

// A value and the axes on which it may depend.
struct ScopedValue {
  Expr value;
  std::span<const Axis> outer;
};
// Why some value violates the scope rules of expr.h.
struct ScopeProblem {
  enum class Kind : uint8_t { kUnbound, kFreeAndBound, kNested };
  Kind kind;
  Axis axis;
};
std::optional<ScopeProblem> scope_problem(std::span<const ScopedValue> values);
// Raises such a problem as an internal error.
void check_scopes(const Expr& value, std::span<const Axis> outer);

}  // namespace mycel::te
