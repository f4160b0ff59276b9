#include "mycel/te/computation.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "mycel/te/free_axes.h"
#include "mycel/te/node_table.h"

namespace mycel::te {
namespace {

// Instantiates a formula at other indices by replacing its free axes.
//
// Reductions keep their axes: a formula used twice at the same indices is one node after interning,
// and reductions at different indices stay side by side over the same axis, so that one loop may
// compute both. If this would nest reductions over the same axis, or capture an index that uses the
// axis, the axis is renamed, once for the whole instance.
class Instance {
 public:
  Instance(NodeTable& table, std::unordered_map<int64_t, Expr> values)
      : table_(table), values_(std::move(values)) {}

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

  NodeTable& table_;
  std::unordered_map<int64_t, Expr> values_;
  std::unordered_map<int64_t, Axis> fresh_;
};

// Appends all axes, free and bound.
void append_axes(std::span<const Expr> exprs, std::vector<Axis>& out) {
  for (const Node* node : post_order(exprs)) {
    out.insert(out.end(), node->axes.begin(), node->axes.end());
  }
}

// All axes in an order that depends on structure only: those of the outputs, then by first use.
std::vector<Axis> ordered_axes(const Computation& computation) {
  std::vector<Axis> all, ordered;
  for (const Output& output : computation.outputs) {
    all.insert(all.end(), output.axes.begin(), output.axes.end());
  }
  append_axes(roots(computation), all);
  std::unordered_set<int64_t> seen;
  for (const Axis& axis : all) {
    if (seen.insert(axis.id).second) ordered.push_back(axis);
  }
  return ordered;
}

using AxisMap = std::unordered_map<int64_t, Axis>;

std::vector<Axis> mapped(std::vector<Axis> axes, const AxisMap& map) {
  for (Axis& axis : axes) axis = map.at(axis.id);
  return axes;
}

bool equal_headers(const Output& a, const Output& b, const AxisMap& map) {
  return a.dtype == b.dtype && a.axes == mapped(b.axes, map);
}

}  // namespace

std::vector<Expr> roots(const Computation& computation) {
  std::vector<Expr> out;
  for (const Output& output : computation.outputs) out.push_back(output.value);
  return out;
}

bool equal(const Computation& a, const Computation& b) {
  std::vector<Axis> axes = ordered_axes(a), others = ordered_axes(b);
  if (a.inputs != b.inputs || axes.size() != others.size()) return false;
  if (a.outputs.size() != b.outputs.size()) return false;
  AxisMap map;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (!(axes[i].extent == others[i].extent)) return false;
    map.emplace(others[i].id, axes[i]);
  }
  for (size_t i = 0; i < a.outputs.size(); ++i) {
    if (!equal_headers(a.outputs[i], b.outputs[i], map)) return false;
  }
  NodeTable table;
  Rewriter renamed(table, [&](const Node& node, const std::vector<Expr>& operands) {
    return node.axes.empty() ? Expr() : with(node, operands, mapped(node.axes, map));
  });
  return table.unify(roots(a)) == renamed.run(roots(b));
}

Expr with_operands(const Node& node, std::vector<Expr> operands) {
  return with(node, std::move(operands), node.axes);
}

void unify(Computation& computation) {
  std::vector<Expr> values = NodeTable().unify(roots(computation));
  for (size_t i = 0; i < values.size(); ++i) computation.outputs[i].value = std::move(values[i]);
}

Expr renumber_inputs(const Expr& expr, std::span<const int> map) {
  NodeTable table;
  Rewriter rewriter(table, [map](const Node& node, const std::vector<Expr>& operands) -> Expr {
    if (node.kind != Kind::kLoad) return {};
    int input = map[static_cast<size_t>(node.input)];
    if (!node.predicated) return load(input, node.dtype, operands);
    return load_if(operands.back(), input, node.dtype, {operands.begin(), operands.end() - 1});
  });
  return rewriter.run(expr);
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
  return Instance(table, std::move(values)).write(expr, avoid);
}

}  // namespace mycel::te
