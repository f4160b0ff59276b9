// Post-order traversal and structural equality of expressions.
#include <unordered_set>

#include "mycel/te/node_table.h"

namespace mycel::te {

std::vector<const Node*> post_order(std::span<const Expr> roots) {
  std::vector<const Node*> order;
  std::unordered_set<const Node*> seen;
  struct Visit {
    const Node* node;
    size_t next;  // operand
  };
  std::vector<Visit> stack;
  auto enter = [&](const Expr& expr) {
    if (seen.insert(expr.get()).second) stack.push_back({expr.get(), 0});
  };
  for (const Expr& root : roots) {
    enter(root);
    while (!stack.empty()) {
      Visit& top = stack.back();
      if (top.next < top.node->operands.size()) {
        enter(top.node->operands[top.next++]);
      } else {
        order.push_back(top.node);
        stack.pop_back();
      }
    }
  }
  return order;
}

bool equal(const Expr& a, const Expr& b) {
  NodeTable table;
  return table.unify(a) == table.unify(b);
}

}  // namespace mycel::te
