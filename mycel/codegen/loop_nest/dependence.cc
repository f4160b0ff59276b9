#include "mycel/codegen/loop_nest/dependence.h"

#include "mycel/base/error.h"

namespace mycel::codegen::schedule {

Dependence::Dependence(const NestBuilder& draft) : draft_(draft) {
  for (LoopId loop : draft.loops.indices()) {
    depths_.push_back(draft.depth(loop));
    if (depths_[loop] > 63) fail_internal("formula: more than 63 nested loops");
  }
  update();
  find_used();
}

// The builder's values are numbered operands first.
void Dependence::update() {
  while (facts_.size() < draft_.values.size()) {
    facts_.push_back(facts(draft_.values[facts_.next_index()]));
  }
}

bool Dependence::contains(LoopId outer, LoopId inner) const {
  while (inner != kRootLoop && inner != outer) inner = draft_.loops[inner].parent;
  return inner == outer;
}

void Dependence::add(Facts& to, ValueId value) const {
  const Facts& from = facts_[value];
  to.depths |= from.depths;
  if (depth(from.level) > depth(to.level)) to.level = from.level;
}

Dependence::Facts Dependence::facts(const Value& value) const {
  Facts facts;
  for (ValueId part : parts(draft_, value)) add(facts, part);
  if (value.kind == Value::Kind::kIndex) {
    facts = {value.loop, uint64_t{1} << depth(value.loop)};
  } else if (value.kind == Value::Kind::kReduced || value.kind == Value::Kind::kScanned) {
    const Reduction& reduction = draft_.reductions[value.reduction];
    for (ValueId body : reduction.bodies) add(facts, body);
    LoopId first = reduction.first_loop;
    facts.depths &= (uint64_t{1} << depth(first)) - 1;
    if (reduction.scan) facts.depths |= uint64_t{1} << depth(first);
    facts.level = reduction.scan ? first : draft_.loops[first].parent;
  }
  return facts;
}

void Dependence::find_used() {
  IndexedVector<ValueId, bool> used(draft_.values.size(), false);
  auto mark = [&](ValueId value) { used[value] = true; };
  for (const Reduction& reduction : draft_.reductions) {
    for (ValueId body : reduction.bodies) mark(body);
  }
  for (const BuilderStore& store : draft_.stores) {
    mark(store.value);
    for (const auto& term : draft_.accesses[store.access].terms) {
      mark(term.index);
    }
  }
  for (ValueId user : used.reversed_indices()) {
    if (!used[user]) continue;
    for (ValueId part : parts(draft_, draft_.values[user])) mark(part);
  }
  for (ValueId value : used.indices()) {
    if (used[value]) used_.push_back(value);
  }
}

}  // namespace mycel::codegen::schedule
