#include "mycel/passes/may_raise.h"

#include <algorithm>
#include <unordered_set>

#include "mycel/ir/control_flow.h"
#include "mycel/passes/rewrite.h"
#include "mycel/tensor/op_rules.h"

namespace mycel::passes {
namespace {

bool raises_itself(const ir::Operation& op) {
  const OpRules& rule = rules(op.def());
  bool in_range =
      op.def().attributes.find("in_range") && std::get<bool>(op.attributes().get("in_range"));
  return rule.check && !in_range && (!rule.formula || reads_by_values(formula_of(op)));
}

}  // namespace

bool is_indirect(const te::Node& load) {
  auto indices = std::span(load.operands).first(load.operands.size() - (load.predicated ? 1 : 0));
  return std::any_of(indices.begin(), indices.end(),
                     [](const te::Expr& index) { return index->from_data; });
}

bool reads_by_values(const te::Computation& computation) {
  std::vector<const te::Node*> nodes = te::post_order(te::roots(computation));
  return std::any_of(nodes.begin(), nodes.end(), [](const te::Node* node) {
    return node->kind == te::Kind::kLoad && is_indirect(*node);
  });
}

bool may_raise(const ir::Operation& op, const ir::Module* module) {
  std::vector<const ir::Operation*> todo{&op};
  std::unordered_set<const ir::Function*> called;
  auto visit_region = [&](ir::Region& region) {
    ir::walk(region, [&](ir::Operation& inner) { todo.push_back(&inner); });
  };
  for (size_t i = 0; i < op.num_regions(); ++i) visit_region(op.region(i));
  for (size_t i = 0; i < todo.size(); ++i) {
    if (raises_itself(*todo[i])) return true;
    if (!todo[i]->is("call")) continue;
    const std::string& name = todo[i]->attributes().as<ir::CallAttributes>().callee;
    ir::Function* callee = module ? module->find(name) : nullptr;
    if (!callee) return true;
    if (called.insert(callee).second) visit_region(callee->body());
  }
  return false;
}

}  // namespace mycel::passes
