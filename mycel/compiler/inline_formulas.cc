#include "mycel/compiler/inline_formulas.h"

#include <numeric>
#include <unordered_map>

#include "mycel/passes/rewrite.h"
#include "mycel/te/formula.h"
#include "mycel/tensor/op_rules.h"

namespace mycel::compiler {
namespace {

using passes::formula_of;
using te::Expr;

// Inlines the operations of a region into formulas over the region's arguments. Expands the same
// element of a value only once, so that values with many uses do not blow up the formula.
class Inliner {
 public:
  explicit Inliner(const ir::Region& region) {
    for (const ir::Operation* op = region.first(); op; op = op->next()) {
      te::Computation formula = formula_of(*op);
      std::vector<int> own(formula.inputs.size());
      std::iota(own.begin(), own.end(), kOwn);
      for (te::Output& output : formula.outputs) {
        output.value = te::renumber_inputs(output.value, own);
      }
      formulas_.emplace(op, std::move(formula));
    }
  }

  // Returns the element of `value` at `indices`. With a `predicate`, loads only where it holds.
  Expr element(const ir::Value* value, const std::vector<Expr>& indices, const Expr& predicate) {
    if (!value->producer()) {
      int number = static_cast<int>(value->index());
      if (predicate) return te::load_if(predicate, number, value->type().dtype, indices);
      return te::load(number, value->type().dtype, indices);
    }
    std::vector<Expanded>& known = expanded_[value];
    for (const Expanded& entry : known) {
      if (same(entry, indices, predicate)) return entry.result;
    }
    Expr result = te::as_data(expand(value, indices, predicate));
    expanded_[value].push_back({indices, predicate, result});
    return result;
  }

  const te::Output& output(const ir::Value* value) const {
    return formulas_.at(value->producer()).outputs[value->index()];
  }

 private:
  // Inputs of an operation's formula are numbered from here until it is expanded: the indices refer
  // to the region's arguments, whose numbers must differ.
  static constexpr int kOwn = 1 << 20;

  struct Expanded {
    std::vector<Expr> indices;
    Expr predicate;
    Expr result;
  };

  static bool same(const Expanded& entry, const std::vector<Expr>& indices, const Expr& predicate) {
    if (static_cast<bool>(entry.predicate) != static_cast<bool>(predicate)) return false;
    if (predicate && !te::equal(entry.predicate, predicate)) return false;
    for (size_t i = 0; i < indices.size(); ++i) {
      if (!te::equal(entry.indices[i], indices[i])) return false;
    }
    return true;
  }

  Expr expand(const ir::Value* value, const std::vector<Expr>& indices, const Expr& predicate) {
    const ir::Operation& op = *value->producer();
    const te::Output& formula = output(value);
    std::vector<te::Substitution> at;
    for (size_t i = 0; i < formula.axes.size(); ++i) at.push_back({formula.axes[i], indices[i]});
    Expr root = te::substitute(formula.value, at);
    std::unordered_map<const te::Node*, Expr> rewritten;
    for (const te::Node* node : te::post_order({&root, 1})) {
      std::vector<Expr> operands;
      for (const Expr& operand : node->operands) operands.push_back(rewritten.at(operand.get()));
      bool own = node->kind == te::Kind::kLoad && node->input >= kOwn;
      rewritten[node] =
          own ? load(op, *node, std::move(operands), predicate) : reuse(node, std::move(operands));
    }
    return rewritten.at(root.get());
  }

  static Expr reuse(const te::Node* node, std::vector<Expr> operands) {
    if (operands == node->operands) return Expr(node);
    return te::with_operands(*node, std::move(operands));
  }

  Expr load(const ir::Operation& op, const te::Node& node, std::vector<Expr> operands,
            Expr predicate) {
    const ir::Value* source = op.operand(static_cast<size_t>(node.input - kOwn));
    if (!node.predicated) return element(source, operands, predicate);
    Expr own = operands.back();
    operands.pop_back();
    Expr both = predicate ? te::call(te::Fn::kAnd, {predicate, own}) : own;
    Expr value = element(source, operands, both);
    // A predicated load gives 0 where it does not read; a formula in its place needs a select.
    if (!source->producer()) return value;
    return te::select(own, value, te::constant(value->dtype, int64_t{0}));
  }

  std::unordered_map<const ir::Operation*, te::Computation> formulas_;
  std::unordered_map<const ir::Value*, std::vector<Expanded>> expanded_;
};

te::Computation fused(const ir::Operation& op) {
  const ir::Region& region = op.region(0);
  Inliner inliner(region);
  te::Computation out;
  for (const ir::Value* argument : region.arguments()) {
    out.inputs.push_back({argument->type().dtype, argument->type().dims});
  }
  // Results of one shape share their axes, so that they are computed in one loop nest.
  std::vector<std::vector<te::Axis>> known;
  for (const ir::Value* result : region.results()) {
    const Dims& dims = result->type().dims;
    std::vector<te::Axis> axes;
    for (const std::vector<te::Axis>& other : known) {
      bool fits = other.size() == dims.size();
      for (size_t i = 0; fits && i < dims.size(); ++i) fits = other[i].extent == dims[i];
      if (fits) axes = other;
    }
    if (axes.empty()) {
      // Shares leading axes with the first result as far as the shapes agree.
      for (size_t i = 0; i < dims.size(); ++i) {
        bool alike = !known.empty() && i < known[0].size() && axes.size() == i &&
                     known[0][i].extent == dims[i] && (i == 0 || axes[i - 1] == known[0][i - 1]);
        axes.push_back(alike ? known[0][i] : te::axis(dims[i]));
      }
      known.push_back(axes);
    }
    Expr value = inliner.element(result, te::indices(axes), nullptr);
    out.outputs.push_back({result->type().dtype, axes, value});
  }
  return out;
}

}  // namespace

bool has_formula(const ir::Operation& op) {
  return op.is("fusion") || static_cast<bool>(rules(op.def()).formula);
}

te::Computation computation_of(const ir::Operation& op) {
  return op.is("fusion") ? fused(op) : formula_of(op);
}

}  // namespace mycel::compiler
