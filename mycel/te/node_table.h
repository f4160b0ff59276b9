// Rebuilding expressions, with equal parts made one node.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

// A node like `node` with other operands and axes.
Expr with(const Node& node, std::vector<Expr> operands, std::vector<Axis> axes);

// One node for all that are equal by structure. Local to one rewriting: no table outlives it.
class NodeTable {
 public:
  // The representative of a node whose operands are representatives.
  Expr intern(Expr node);
  // The representative of a whole expression.
  Expr unify(const Expr& root);

 private:
  struct Hash {
    size_t operator()(const Expr& node) const;
  };
  struct Same {
    bool operator()(const Expr& a, const Expr& b) const;
  };
  std::unordered_set<Expr, Hash, Same> nodes_;
};

// Replaces nodes, operands first, each once. `rule(node, operands)` gets the operands already
// rewritten and gives the node's replacement, or nothing for the node with these operands. What
// does not change stays the same node.
class Rewriter {
 public:
  using Rule = std::function<Expr(const Node& node, const std::vector<Expr>& operands)>;
  Rewriter(NodeTable& table, Rule rule) : table_(table), rule_(std::move(rule)) {}
  Expr run(const Expr& root);

 private:
  NodeTable& table_;
  Rule rule_;
  std::unordered_map<const Node*, Expr> done_;
  std::vector<Expr> roots_;  // keep the keys of done_ alive
};

}  // namespace mycel::te
