// Merges operations with equal operands and attributes.
#include <unordered_map>

#include "mycel/passes/passes.h"

namespace mycel::passes {
namespace {

size_t hash_of(const ir::Operation& op) {
  size_t hash = static_cast<size_t>(op.def().id) * 0x9e3779b97f4a7c15 + op.attributes().hash();
  for (const ir::Value* operand : op.operands()) {
    hash = (hash ^ (operand ? operand->id() + 1 : 0)) * 0x100000001b3;
  }
  return hash;
}

bool same(const ir::Operation& a, const ir::Operation& b) {
  if (&a.def() != &b.def() || a.implementation() != b.implementation() ||
      a.num_operands() != b.num_operands() || a.num_results() != b.num_results()) {
    return false;
  }
  for (size_t i = 0; i < a.num_operands(); ++i) {
    if (a.operand(i) != b.operand(i)) return false;
  }
  for (size_t i = 0; i < a.num_results(); ++i) {
    if (a.result(i)->type().layout != b.result(i)->type().layout) return false;
  }
  return a.attributes() == b.attributes();
}

class Eliminator {
 public:
  explicit Eliminator(ir::Function& function) : function_(function) {}

  // A region sees the operations before it; its own are forgotten after it. Recursion goes as deep
  // as regions are nested, which add_region bounds.
  void run(ir::Region& region) {
    size_t mark = entered_.size();
    for (ir::Operation *op = region.first(), *next = nullptr; op; op = next) {
      next = op->next();
      visit(*op);
    }
    for (; entered_.size() > mark; entered_.pop_back()) {
      auto found = known_.find(entered_.back());
      found->second.pop_back();
      if (found->second.empty()) known_.erase(found);
    }
  }

 private:
  void visit(ir::Operation& op) {
    // A fusion sees its arguments only, so it shares nothing with operations outside.
    if (op.is("fusion")) return Eliminator(function_).run(op.region(0));
    for (size_t i = 0; i < op.num_regions(); ++i) run(op.region(i));
    if (op.def().kind == ir::OpKind::kStructured) return;
    size_t hash = hash_of(op);
    std::vector<ir::Operation*>& alike = known_[hash];
    for (ir::Operation* other : alike) {
      if (!same(*other, op)) continue;
      for (size_t i = 0; i < op.num_results(); ++i) {
        function_.replace_uses(op.result(i), other->result(i));
      }
      function_.erase(op);
      return;
    }
    alike.push_back(&op);
    entered_.push_back(hash);
  }

  ir::Function& function_;
  std::unordered_map<size_t, std::vector<ir::Operation*>> known_;
  std::vector<size_t> entered_;  // hashes, in the order of entry
};

}  // namespace

void eliminate_common_subexpressions(ir::Function& function, const PassContext&) {
  Eliminator(function).run(function.body());
}

}  // namespace mycel::passes
