// Rewrites expressions and merges equal nodes.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

// Copies `node` with other operands and axes.
Expr with(const Node& node, std::vector<Expr> operands, std::vector<Axis> axes);

// Interns nodes: one for all that are structurally equal. Lives for one rewrite only.
class NodeTable {
 public:
  // Returns the representative of a node whose operands are representatives.
  Expr intern(Expr node);
  // Returns the representatives of whole expressions.
  std::vector<Expr> unify(std::span<const Expr> roots);
  Expr unify(const Expr& root) { return unify({&root, 1})[0]; }

 private:
  struct Hash {
    size_t operator()(const Expr& node) const;
  };
  struct Same {
    bool operator()(const Expr& a, const Expr& b) const;
  };
  std::unordered_set<Expr, Hash, Same> nodes_;
};

// Rewrites every node once, operands first. `rule(node, operands)` gets the rewritten operands and
// returns the node's replacement, or null for the node with these operands. Unchanged nodes are not
// copied.
class Rewriter {
 public:
  using Rule = std::function<Expr(const Node& node, const std::vector<Expr>& operands)>;
  Rewriter(NodeTable& table, Rule rule) : table_(table), rule_(std::move(rule)) {}
  std::vector<Expr> run(std::span<const Expr> roots);
  Expr run(const Expr& root) { return run({&root, 1})[0]; }

 private:
  NodeTable& table_;
  Rule rule_;
  std::unordered_map<const Node*, Expr> done_;
  std::vector<Expr> roots_;  // keep the keys of done_ alive
};

}  // namespace mycel::te
