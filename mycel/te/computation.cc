#include "mycel/te/computation.h"

#include <algorithm>
#include <unordered_map>

#include "mycel/te/free_axes.h"
#include "mycel/te/node_table.h"

namespace mycel::te {
namespace {

// A formula written at other indices: its free axes replaced, its loads renumbered and guarded.
//
// Its reductions keep their axes, so that a formula used twice at the same indices is one node
// after interning, and reductions at different indices stay side by side over the same axis, which
// one loop may serve. Where that would nest a reduction in another over the same axis, or catch an
// index that uses the axis, the axis is renamed, once for the whole instance.
class Instance {
 public:
  Instance(NodeTable& table, std::unordered_map<int64_t, Expr> values, Expr predicate,
           std::span<const int> input_map)
      : table_(table),
        values_(std::move(values)),
        predicate_(std::move(predicate)),
        input_map_(input_map) {}

  // `avoid`: axes that the result's reductions must not bind.
  Expr write(const Expr& formula, std::span<const Axis> avoid) {
    rename_bound(formula, avoid);
    Rewriter rewriter(table_, [this](const Node& node, const std::vector<Expr>& operands) {
      return rewrite(node, operands);
    });
    return rewriter.run(formula);
  }

 private:
  void rename_bound(const Expr& formula, std::span<const Axis> avoid) {
    for (const Node* node : post_order({&formula, 1})) {
      if (num_bodies(node) == 0) continue;
      for (const Axis& bound : node->axes) {
        if (values_.count(bound.id)) fail_internal("[te] an axis to be replaced is reduced over");
        if (std::find(avoid.begin(), avoid.end(), bound) == avoid.end()) continue;
        if (!fresh_.count(bound.id)) fresh_.emplace(bound.id, axis(bound.extent));
      }
    }
  }

  Expr rewrite(const Node& node, const std::vector<Expr>& operands) const {
    switch (node.kind) {
      case Kind::kAxis: {
        if (auto value = values_.find(node.axes[0].id); value != values_.end()) {
          return value->second;
        }
        return fresh_.empty() ? Expr() : with(node, {}, renamed(node.axes));
      }
      case Kind::kReduce:
      case Kind::kScan:
        return fresh_.empty() ? Expr() : with(node, operands, renamed(node.axes));
      case Kind::kLoad:
        return rewrite_load(node, operands);
      default:
        return {};
    }
  }

  std::vector<Axis> renamed(std::vector<Axis> axes) const {
    for (Axis& axis : axes) {
      if (auto fresh = fresh_.find(axis.id); fresh != fresh_.end()) axis = fresh->second;
    }
    return axes;
  }

  Expr rewrite_load(const Node& node, std::vector<Expr> indices) const {
    int input = input_map_.empty() ? node.input : input_map_[static_cast<size_t>(node.input)];
    Expr predicate = predicate_;
    if (node.predicated) {
      predicate =
          predicate ? table_.intern(call(Fn::kAnd, {predicate, indices.back()})) : indices.back();
      indices.pop_back();
    }
    return predicate ? load_if(std::move(predicate), input, node.dtype, std::move(indices))
                     : load(input, node.dtype, std::move(indices));
  }

  NodeTable& table_;
  std::unordered_map<int64_t, Expr> values_;
  Expr predicate_;
  std::span<const int> input_map_;
  std::unordered_map<int64_t, Axis> fresh_;
};

// Free or bound.
void append_axes(std::span<const Expr> exprs, std::vector<Axis>& out) {
  for (const Node* node : post_order(exprs)) {
    out.insert(out.end(), node->axes.begin(), node->axes.end());
  }
}

// Writes the producer's formula in the place of the consumer's loads of it.
class Inliner {
 public:
  Inliner(const Expr& consumer, int input, const Output& producer, std::span<const int> input_map)
      : consumer_(table_.unify(consumer)),
        value_(table_.unify(producer.value)),
        input_(input),
        producer_(producer),
        input_map_(input_map),
        scopes_({&consumer_, 1}) {}

  Expr run() {
    Rewriter rewriter(table_, [this](const Node& node, const std::vector<Expr>& operands) {
      return node.kind == Kind::kLoad && node.input == input_ ? replace(node, operands) : Expr();
    });
    return rewriter.run(consumer_);
  }

 private:
  Expr replace(const Node& load, const std::vector<Expr>& operands) {
    size_t rank = producer_.axes.size();
    if (operands.size() != rank + (load.predicated ? 1 : 0) || load.dtype != producer_.dtype) {
      fail_internal("[te] a load of {} with {} indices cannot be {} with {}", name(load.dtype),
                    operands.size() - load.predicated, name(producer_.dtype), rank);
    }
    std::unordered_map<int64_t, Expr> values;
    for (size_t i = 0; i < rank; ++i) values.emplace(producer_.axes[i].id, operands[i]);
    Expr predicate = load.predicated ? operands.back() : Expr();
    std::vector<Axis> avoid = scopes_.list(scopes_.enclosing(&load));
    append_axes(operands, avoid);
    Expr value = Instance(table_, std::move(values), predicate, input_map_).write(value_, avoid);
    if (!predicate) return value;
    return select(predicate, value, table_.intern(constant(value->dtype, 0)));
  }

  NodeTable table_;
  Expr consumer_, value_;
  int input_;
  const Output& producer_;
  std::span<const int> input_map_;
  AxisAnalysis scopes_;
};

}  // namespace

Expr with_operands(const Node& node, std::vector<Expr> operands) {
  return with(node, std::move(operands), node.axes);
}

void unify(Computation& computation) {
  NodeTable table;
  for (Output& output : computation.outputs) output.value = table.unify(output.value);
}

Expr inline_output(const Expr& consumer, int input, const Output& producer,
                   std::span<const int> input_map) {
  return Inliner(consumer, input, producer, input_map).run();
}

Expr renumber_inputs(const Expr& expr, std::span<const int> map) {
  NodeTable table;
  return Instance(table, {}, nullptr, map).write(expr, {});
}

Expr substitute(const Expr& expr, std::span<const Substitution> substitutions) {
  NodeTable table;
  std::unordered_map<int64_t, Expr> values;
  std::vector<Axis> avoid;
  for (const Substitution& s : substitutions) {
    if (s.value->dtype != DType::kInt64) {
      fail_internal("[te] an axis cannot be replaced by {}", name(s.value->dtype));
    }
    values.emplace(s.axis.id, table.unify(s.value));
    append_axes({&s.value, 1}, avoid);
  }
  return Instance(table, std::move(values), nullptr, {}).write(expr, avoid);
}

}  // namespace mycel::te
