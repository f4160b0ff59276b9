#include "mycel/te/node_table.h"

#include <bit>

namespace mycel::te {
namespace {

size_t mix(size_t seed, uint64_t value) {
  return (seed ^ value) * 0x9e3779b97f4a7c15 + (seed >> 29);
}

uint64_t constant_bits(const Node& node) {
  if (const double* number = std::get_if<double>(&node.constant)) {
    return std::bit_cast<uint64_t>(*number);
  }
  return static_cast<uint64_t>(std::get<int64_t>(node.constant));
}

IntrusivePtr<Node> copy_of(const Node& node, std::vector<Expr> operands, std::vector<Axis> axes) {
  IntrusivePtr<Node> copy = make_intrusive<Node>(node.kind, node.dtype);
  copy->fn = node.fn;
  copy->reducer = node.reducer;
  copy->constant = node.constant;
  copy->extent = node.extent;
  copy->input = node.input;
  copy->result = node.result;
  copy->predicated = node.predicated;
  copy->axes = std::move(axes);
  copy->from_data = node.from_data;
  copy->set_operands(std::move(operands));
  return copy;
}

}  // namespace

Expr with(const Node& node, std::vector<Expr> operands, std::vector<Axis> axes) {
  return copy_of(node, std::move(operands), std::move(axes));
}

Expr as_data(const Expr& value) {
  if (value->from_data) return value;
  IntrusivePtr<Node> copy = copy_of(*value, value->operands, value->axes);
  copy->from_data = true;
  return copy;
}

size_t NodeTable::Hash::operator()(const Expr& node) const {
  size_t seed = mix(static_cast<size_t>(node->kind), static_cast<uint64_t>(node->dtype));
  seed = mix(seed, static_cast<uint64_t>(node->fn) << 8 | static_cast<uint64_t>(node->reducer));
  seed =
      mix(seed, static_cast<uint64_t>(node->input) << 3 | static_cast<uint64_t>(node->result) << 2 |
                    static_cast<uint64_t>(node->predicated) << 1 | node->from_data);
  seed = mix(seed, constant_bits(*node));
  seed = mix(seed, static_cast<uint64_t>(node->extent.word()));
  for (const Axis& axis : node->axes) seed = mix(seed, static_cast<uint64_t>(axis.id));
  for (const Expr& operand : node->operands) {
    seed = mix(seed, reinterpret_cast<uintptr_t>(operand.get()));
  }
  return seed;
}

bool NodeTable::Same::operator()(const Expr& a, const Expr& b) const {
  return a->kind == b->kind && a->dtype == b->dtype && a->fn == b->fn && a->reducer == b->reducer &&
         a->input == b->input && a->result == b->result && a->predicated == b->predicated &&
         a->from_data == b->from_data && a->constant.index() == b->constant.index() &&
         constant_bits(*a) == constant_bits(*b) && a->extent == b->extent && a->axes == b->axes &&
         a->operands == b->operands;
}

Expr NodeTable::intern(Expr node) { return *nodes_.insert(std::move(node)).first; }

std::vector<Expr> NodeTable::unify(std::span<const Expr> roots) {
  return Rewriter(*this, [](const Node&, const std::vector<Expr>&) { return Expr(); }).run(roots);
}

std::vector<Expr> Rewriter::run(std::span<const Expr> roots) {
  roots_.insert(roots_.end(), roots.begin(), roots.end());
  for (const Node* node : post_order(roots)) {
    if (done_.count(node)) continue;
    std::vector<Expr> operands;
    operands.reserve(node->operands.size());
    for (const Expr& operand : node->operands) operands.push_back(done_.at(operand.get()));
    Expr result = rule_(*node, operands);
    if (!result) {
      result =
          operands == node->operands ? Expr(node) : with(*node, std::move(operands), node->axes);
    }
    if (node->from_data) result = as_data(result);
    done_.emplace(node, table_.intern(std::move(result)));
  }
  std::vector<Expr> results;
  results.reserve(roots.size());
  for (const Expr& root : roots) results.push_back(done_.at(root.get()));
  return results;
}

}  // namespace mycel::te
