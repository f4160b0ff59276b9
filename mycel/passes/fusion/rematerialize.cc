#include "mycel/passes/fusion/rematerialize.h"

#include <algorithm>

#include "mycel/passes/fusion/facts.h"
#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

bool is_number(const ir::Value* value) { return value && value->type().rank() == 0; }

// Whether the value is in memory in any case: no group can compute it for itself.
bool is_in_memory(const ir::Value& value) {
  const ir::Operation* producer = value.producer();
  return !producer || !producer->implementation().empty() || !has_formula(*producer);
}

// Whether it is arithmetic on a few numbers. Copies of long chains would cost too much.
bool is_number_arithmetic(const ir::Operation& op, const FusionFacts& facts) {
  constexpr size_t kMostOperations = 8;
  if (facts.work.reduces || !is_number(op.result())) return false;
  std::vector<const ir::Operation*> cone{&op};
  for (size_t i = 0; i < cone.size(); ++i) {
    for (const ir::Value* operand : cone[i]->operands()) {
      if (!is_number(operand)) return false;
      if (is_in_memory(*operand)) continue;
      cone.push_back(operand->producer());
      if (cone.size() > kMostOperations) return false;
    }
  }
  return true;
}

bool may_compute(const ir::Use& use, const ir::Value& value) {
  if (!use.user || use.user->parent() != value.producer()->parent()) return false;
  FactsOrReason read = fusion_facts(*use.user);
  const auto* facts = std::get_if<FusionFacts>(&read);
  return facts && (facts->links[use.index].regular || reads_about_once(*facts, value.type().dims));
}

// Whether it is a simple elementwise function of one value that is in memory anyway: keeping that
// value instead takes no more memory.
bool is_function_of_memory(const ir::Operation& op, const FusionFacts& facts) {
  if (!facts.work.is_cheap() || !facts.is_regular()) return false;
  const ir::Value& result = *op.result();
  size_t whole = 0;
  for (const ir::Value* operand : op.operands()) {
    if (is_number(operand)) continue;
    if (!operand || !(operand->type().dims == result.type().dims) || !is_in_memory(*operand) ||
        byte_size(operand->type().dtype) > byte_size(result.type().dtype)) {
      return false;
    }
    ++whole;
  }
  return whole == 1 && std::all_of(result.uses().begin(), result.uses().end(),
                                   [&](const ir::Use& use) { return may_compute(use, result); });
}

void copy_for_readers(ir::Operation& op) {
  ir::Region& region = *op.parent();
  // The original serves the readers that join no group, or the first reader if all may join.
  std::vector<ir::Use> uses = op.result()->uses();
  std::erase_if(uses, [&](const ir::Use& use) {
    return !use.user || use.user->parent() != &region || !has_formula(*use.user);
  });
  size_t kept = uses.size() == op.result()->uses().size() ? 1 : 0;
  for (size_t i = kept; i < uses.size(); ++i) {
    ir::ValueMap map;
    ir::Operation* copy = ir::clone_operation(op, region, &op, map);
    uses[i].user->set_operand(uses[i].index, copy->result());
  }
}

}  // namespace

// Walks from the last operation to the first, so that chains are copied whole.
void copy_for_readers(ir::Region& region) {
  constexpr size_t kFewReaders = 4;
  for (ir::Operation* op = region.last(); op; op = op->prev()) {
    if (op->num_results() != 1 || op->result()->uses().size() < 2) continue;
    bool few = op->result()->uses().size() <= kFewReaders;
    if (!few && !op->def().is_view && op->num_operands() > 0 && !is_number(op->result())) continue;
    FactsOrReason read = fusion_facts(*op);
    const auto* facts = std::get_if<FusionFacts>(&read);
    if (!facts) continue;
    bool copied = facts->costs_nothing || is_number_arithmetic(*op, *facts) ||
                  (few && is_function_of_memory(*op, *facts));
    if (copied) copy_for_readers(*op);
  }
}

}  // namespace mycel::passes
