#include "mycel/passes/fusion/facts.h"

#include <algorithm>
#include <unordered_map>

#include "mycel/codegen/analysis/function_cost.h"
#include "mycel/passes/may_raise.h"
#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

bool is_expensive(te::Fn fn) {
  using codegen::schedule::FunctionCost;
  return codegen::schedule::cost_of_function(fn) != FunctionCost::kSimple;
}

// Collects the facts from the nodes of a formula.
class Reader {
 public:
  Reader(const ir::Operation& op, const te::Computation& computation)
      : op_(op), computation_(computation) {
    facts_.links.resize(op.num_operands());
    seen_.resize(op.num_operands());
  }

  std::optional<FusionFacts> read() {
    facts_.dims = op_.result()->type().dims;
    facts_.raises = may_raise(op_, nullptr);
    for (const te::Output& output : computation_.outputs) {
      if (output.axes.size() != facts_.dims.size()) return std::nullopt;
      for (size_t i = 0; i < output.axes.size(); ++i) {
        loop_of_[output.axes[i].id] = static_cast<int>(i);
      }
    }
    std::vector<te::Expr> roots;
    for (const te::Output& output : computation_.outputs) roots.push_back(output.value);
    std::vector<const te::Node*> nodes = te::post_order(roots);
    for (const te::Node* node : nodes) {
      if (node->kind == te::Kind::kScan) return std::nullopt;
      if (node->kind == te::Kind::kReduce) note_reduction(*node);
      if (node->kind != te::Kind::kCall) continue;
      facts_.weight += 1;
      facts_.expensive |= is_expensive(node->fn);
    }
    for (const te::Node* node : nodes) {
      if (node->kind == te::Kind::kLoad) note_load(*node);
    }
    if (op_.def().is_view && !facts_.is_regular()) return std::nullopt;
    facts_.free = op_.def().is_view || is_free_creation();
    return std::move(facts_);
  }

 private:
  void note_reduction(const te::Node& node) {
    facts_.reduces = true;
    for (const te::Axis& axis : node.axes) {
      auto [entry, fresh] = loop_of_.emplace(axis.id, static_cast<int>(facts_.num_loops()));
      if (fresh) facts_.reduced.push_back(axis.extent);
    }
  }

  void note_load(const te::Node& node) {
    auto input = static_cast<size_t>(node.input);
    const Dims& dims = op_.operand(input)->type().dims;
    Link link;
    link.regular = !node.predicated;
    link.indirect = is_indirect(node);
    for (size_t i = 0; i < dims.size(); ++i) {
      link.loops.push_back(loop_read(*node.operands[i], dims[i], link));
      int loop = link.loops.back();
      bool twice = std::count(link.loops.begin(), link.loops.end(), loop) > 1;
      if (loop >= 0 && twice) link.regular = false;
    }
    Link& known = facts_.links[input];
    if (!seen_[input]) {
      known = std::move(link);
    } else {
      known.regular = known.regular && link.regular && link.loops == known.loops;
      known.indirect = known.indirect || link.indirect;
    }
    seen_[input] = true;
  }

  // The loop that walks the whole dim; -1 for index 0 of a dim of extent 1.
  int loop_read(const te::Node& index, Dim extent, Link& link) const {
    if (index.kind == te::Kind::kAxis) {
      auto found = loop_of_.find(index.axes[0].id);
      if (found != loop_of_.end()) {
        if (!(facts_.extent(static_cast<size_t>(found->second)) == extent)) link.regular = false;
        return found->second;
      }
    }
    bool only = index.kind == te::Kind::kConstant && std::get<int64_t>(index.constant) == 0 &&
                extent == Dim(1);
    if (!only) link.regular = false;
    return -1;
  }

  bool is_free_creation() const {
    return op_.num_operands() == 0 && !facts_.reduces && !facts_.expensive && facts_.weight <= 4;
  }

  const ir::Operation& op_;
  const te::Computation& computation_;
  FusionFacts facts_;
  std::vector<char> seen_;                    // by operand
  std::unordered_map<int64_t, int> loop_of_;  // by axis
};

}  // namespace

bool FusionFacts::is_regular() const {
  return std::all_of(links.begin(), links.end(), [](const Link& link) { return link.regular; });
}

bool reads_about_once(const FusionFacts& consumer, const Dims& dims) {
  double reads = 1, elements = 1;
  for (size_t i = 0; i < consumer.num_loops(); ++i) {
    if (!consumer.extent(i).is_constant()) return false;
    reads *= static_cast<double>(consumer.extent(i).value());
  }
  for (Dim dim : dims) {
    if (!dim.is_constant()) return false;
    elements *= static_cast<double>(dim.value());
  }
  return reads <= 1.5 * elements;
}

std::optional<FusionFacts> fusion_facts(const ir::Operation& op) {
  // An unused operation runs because it may raise; a group would not compute it.
  if (!has_formula(op) || !op.implementation().empty() || !is_used(op)) return std::nullopt;
  return Reader(op, formula_of(op)).read();
}

}  // namespace mycel::passes
