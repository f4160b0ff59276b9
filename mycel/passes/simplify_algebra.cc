// Applies algebraic identities until none matches.
#include <deque>

#include "mycel/passes/algebra_rules.h"
#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

struct CompiledRule {
  const AlgebraRule* rule;
  Term match, replace;
};

// By the operation at the root of `match`, in the order of the table.
const std::vector<std::vector<CompiledRule>>& rules_by_op() {
  static const auto* table = [] {
    auto* by_op = new std::vector<std::vector<CompiledRule>>(ir::Registry::get().size());
    for (const AlgebraRule& rule : algebra_rules()) {
      Term match = parse_term(rule.match);
      auto id = static_cast<size_t>(match.op->id);
      (*by_op)[id].push_back({&rule, std::move(match), parse_term(rule.replace)});
    }
    return by_op;
  }();
  return *table;
}

class Simplifier {
 public:
  explicit Simplifier(ir::Function& function) : function_(function) {}

  void run() {
    ir::walk(function_.body(), [this](ir::Operation& op) { push(op); });
    while (!queue_.empty()) {
      ir::Operation& op = *queue_.front();
      queue_.pop_front();
      queued_[op.id()] = false;
      if (op.erased() || op.num_results() != 1) continue;
      if (!apply_rules(op) && !op.erased()) drop_expansions(op);
    }
  }

 private:
  void push(ir::Operation& op) {
    if (queued_.size() <= op.id()) queued_.resize(op.id() + 1);
    if (queued_[op.id()]) return;
    queued_[op.id()] = true;
    queue_.push_back(&op);
  }
  void push_users(const ir::Value& value) {
    for (const ir::Use& use : value.uses()) {
      if (use.user) push(*use.user);
    }
  }

  bool apply_rules(ir::Operation& op) {
    auto id = static_cast<size_t>(op.def().id);
    if (id >= rules_by_op().size()) return false;
    Match match;
    for (const CompiledRule& rule : rules_by_op()[id]) {
      if (!matches(rule.match, op, match)) continue;
      if (rule.rule->when && !rule.rule->when(match)) continue;
      if (replace_by(rule, op, match)) return true;
    }
    return false;
  }

  bool replace_by(const CompiledRule& rule, ir::Operation& op, const Match& match) {
    ir::Operation* before = op.prev();
    const ir::Type& type = op.result()->type();
    ir::Value* value = build(rule.replace, rule, match, true);
    if (value->type().dtype != type.dtype) {
      erase_since(before, op);
      return false;
    }
    value = insert_expand(op, value, type.dims);
    push_users(*op.result());
    if (value->producer()) push(*value->producer());
    replace(op, {&value, 1});
    return true;
  }

  // Recursion goes as deep as the rule's text.
  ir::Value* build(const Term& term, const CompiledRule& rule, const Match& match, bool is_root) {
    ir::Operation& at = *match.root;
    const ir::Type& type = at.result()->type();
    switch (term.kind) {
      case Term::Kind::kVariable:
        return match.variable(term.variable);
      case Term::Kind::kNumber:
        return insert_full(at, is_root ? type.dims : Dims(), term.number, type.dtype);
      case Term::Kind::kComputed:
        return insert_full(at, {}, rule.rule->number(match), type.dtype);
      case Term::Kind::kOperation:
        break;
    }
    std::vector<ir::Value*> operands;
    for (const Term& operand : term.operands) {
      operands.push_back(build(operand, rule, match, false));
    }
    ir::Attributes attributes;
    if (is_root && rule.rule->attributes) attributes = rule.rule->attributes(match);
    ir::Operation* op =
        function_.create(*at.parent(), *term.op, operands, attributes, at.location(), &at);
    push(*op);
    return op->result();
  }

  // Erases the operations created between `before` and `op`.
  void erase_since(ir::Operation* before, ir::Operation& op) {
    while (op.prev() != before) function_.erase(*op.prev());
  }

  // Elementwise operations broadcast by themselves: replaces an expanded or splat operand by a
  // smaller one if the result keeps its type.
  void drop_expansions(ir::Operation& op) {
    if (op.def().layout != ir::LayoutRule::kFollow || op.num_operands() < 2) return;
    for (size_t i = 0; i < op.num_operands(); ++i) {
      ir::Value* operand = op.operand(i);
      if (!operand || operand->type().rank() == 0) continue;
      if (is_expand(operand->producer())) {
        ir::Value* source = operand->producer()->operand(0);
        if (keeps_result(op, i, source->type().dims)) op.set_operand(i, source);
      } else if (std::optional<ir::Scalar> number = splat_of(operand)) {
        if (keeps_result(op, i, {})) {
          op.set_operand(i, insert_full(op, {}, *number, operand->type().dtype));
        }
      }
    }
  }

  static bool is_expand(const ir::Operation* op) {
    static const ir::OpDef& expand = op_named("expand");
    return op && &op->def() == &expand;
  }

  static bool keeps_result(const ir::Operation& op, size_t i, const Dims& dims) {
    ir::Types operands, results;
    for (const ir::Value* operand : op.operands()) {
      operands.push_back(operand ? operand->type() : ir::Type());
    }
    operands[i].dims = dims;
    try {
      ir::infer_types({&op.def(), operands.data(), operands.size(), &op.attributes()}, results);
    } catch (const Error&) {
      return false;
    }
    return results[0] == op.result()->type();
  }

  ir::Function& function_;
  std::deque<ir::Operation*> queue_;
  std::vector<bool> queued_;  // by operation id
};

}  // namespace

void simplify_algebra(ir::Function& function, const PassContext&) { Simplifier(function).run(); }

}  // namespace mycel::passes
