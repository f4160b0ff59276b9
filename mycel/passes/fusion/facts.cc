#include "mycel/passes/fusion/facts.h"

#include <algorithm>

#include "mycel/codegen/analysis/function_cost.h"
#include "mycel/passes/may_raise.h"
#include "mycel/passes/rewrite.h"
#include "mycel/te/loops.h"

namespace mycel::passes {
namespace {

bool is_expensive(te::Fn fn) {
  using codegen::schedule::FunctionCost;
  return codegen::schedule::cost_of_function(fn) != FunctionCost::kSimple;
}

// Reads the facts from the nodes of a formula and its loops.
class Reader {
 public:
  Reader(const ir::Operation& op, const te::Computation& computation)
      : op_(op),
        computation_(computation),
        nodes_(te::post_order(te::roots(computation))),
        loops_(computation, nodes_) {}

  FactsOrReason read() {
    facts_.dims = op_.result()->type().dims;
    if (!outputs_share_loops()) return FusionReason::kResultLoops;
    if (!read_loops()) return FusionReason::kPrefixScan;
    read_links();
    if (op_.def().is_view && !facts_.is_regular()) return FusionReason::kView;
    read_work();
    facts_.costs_nothing = op_.def().is_view || is_free_creation();
    return std::move(facts_);
  }

 private:
  bool outputs_share_loops() const {
    const std::vector<te::Output>& outputs = computation_.outputs;
    return std::all_of(outputs.begin(), outputs.end(),
                       [&](const te::Output& output) { return output.axes == outputs[0].axes; });
  }

  // False for a prefix scan.
  bool read_loops() {
    for (size_t i = facts_.dims.size(); i < loops_.size(); ++i) {
      if (loops_[i].scanned) return false;
      facts_.reduced.push_back(loops_[i].axis.extent);
    }
    return true;
  }

  void read_links() {
    facts_.links.resize(op_.num_operands());
    std::vector<char> seen(op_.num_operands());
    for (const te::LoopLoad& load : loops_.loads()) {
      auto input = static_cast<size_t>(load.node->input);
      Link& link = facts_.links[input];
      if (!seen[input]) link.loops = load.loops;
      link.regular = link.regular && load.regular && link.loops == load.loops;
      link.indirect = link.indirect || is_indirect(*load.node);
      seen[input] = true;
    }
  }

  void read_work() {
    facts_.work.reduces = !facts_.reduced.empty();
    facts_.work.raises = may_raise(op_, nullptr);
    for (const te::Node* node : nodes_) {
      if (node->kind != te::Kind::kCall) continue;
      facts_.work.weight += 1;
      facts_.work.expensive |= is_expensive(node->fn);
    }
  }

  bool is_free_creation() const {
    const Work& work = facts_.work;
    return op_.num_operands() == 0 && !work.reduces && !work.expensive && work.weight <= 4;
  }

  const ir::Operation& op_;
  const te::Computation& computation_;
  std::vector<const te::Node*> nodes_;
  te::Loops loops_;
  FusionFacts facts_;
};

}  // namespace

void Work::add(const Work& other) {
  constexpr int kMost = 1000;  // the number of paths through a program may be exponential
  weight = std::min(weight + other.weight, kMost);
  reduces |= other.reduces;
  expensive |= other.expensive;
  raises |= other.raises;
}

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

FactsOrReason fusion_facts(const ir::Operation& op) {
  if (!has_formula(op)) return FusionReason::kNoFormula;
  if (!op.implementation().empty()) return FusionReason::kImplementation;
  if (!is_used(op)) return FusionReason::kUnused;
  return Reader(op, formula_of(op)).read();
}

}  // namespace mycel::passes
