#include "mycel/te/computation.h"

#include <unordered_map>

#include "mycel/base/error.h"

namespace mycel::te {

namespace {

// The expression with nodes replaced bottom-up: `replace(node, operands)` gives the new node, with
// operands already replaced, or null to keep it. Shared nodes stay shared.
template <class Replace>
Expr rewrite(const Expr& root, const Replace& replace) {
  std::unordered_map<const Node*, Expr> done;
  for (const Node* node : post_order({&root, 1})) {
    std::vector<Expr> operands;
    operands.reserve(node->operands.size());
    for (const Expr& operand : node->operands) operands.push_back(done.at(operand.get()));
    Expr other = replace(*node, operands);
    if (!other) {
      other = operands == node->operands ? Expr(node) : with_operands(*node, std::move(operands));
    }
    done.emplace(node, std::move(other));
  }
  return done.at(root.get());
}

}  // namespace

Expr with_operands(const Node& node, std::vector<Expr> operands) {
  auto copy = make_intrusive<Node>(node.kind, node.dtype);
  copy->fn = node.fn;
  copy->reducer = node.reducer;
  copy->constant = node.constant;
  copy->extent = node.extent;
  copy->input = node.input;
  copy->result = node.result;
  copy->predicated = node.predicated;
  copy->axes = node.axes;
  copy->operands = std::move(operands);
  return copy;
}

Expr renumber_inputs(const Expr& expr, std::span<const int> map) {
  return rewrite(expr, [&](const Node& node, std::vector<Expr>& operands) -> Expr {
    if (node.kind != Kind::kLoad) return nullptr;
    auto copy = make_intrusive<Node>(node.kind, node.dtype);
    copy->input = map[static_cast<size_t>(node.input)];
    copy->predicated = node.predicated;
    copy->operands = operands;
    return copy;
  });
}

// No capture: the ids of the axes that reductions bind are unique in the process, so an index that
// is put in cannot mean one of them unless the caller built it there.
Expr substitute(const Expr& expr, std::span<const Substitution> substitutions) {
  return rewrite(expr, [&](const Node& node, std::vector<Expr>&) -> Expr {
    if (node.kind != Kind::kAxis) return nullptr;
    for (const Substitution& s : substitutions) {
      if (s.axis == node.axes[0]) return s.value;
    }
    return nullptr;
  });
}

namespace {

// Every load reads only where the predicate holds.
Expr guard(const Expr& expr, const Expr& predicate) {
  return rewrite(expr, [&](const Node& node, std::vector<Expr>& operands) -> Expr {
    if (node.kind != Kind::kLoad) return nullptr;
    std::vector<Expr> at(operands.begin(), operands.end() - (node.predicated ? 1 : 0));
    Expr both = node.predicated ? call(Fn::kAnd, {predicate, operands.back()}) : predicate;
    return load_if(std::move(both), node.input, node.dtype, std::move(at));
  });
}

}  // namespace

Expr inline_output(const Expr& consumer, int input, const Output& producer,
                   std::span<const int> input_map) {
  Expr body = renumber_inputs(producer.value, input_map);
  return rewrite(consumer, [&](const Node& node, std::vector<Expr>& operands) -> Expr {
    if (node.kind != Kind::kLoad || node.input != input) return nullptr;
    std::vector<Substitution> at;
    for (size_t i = 0; i < producer.axes.size(); ++i) at.push_back({producer.axes[i], operands[i]});
    Expr value = substitute(body, at);
    if (!node.predicated) return value;
    const Expr& predicate = operands.back();
    return select(predicate, guard(value, predicate), constant(value->dtype, int64_t{0}));
  });
}

}  // namespace mycel::te
