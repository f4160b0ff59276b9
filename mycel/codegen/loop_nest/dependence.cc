#include "mycel/codegen/loop_nest/dependence.h"

#include "mycel/base/error.h"

namespace mycel::codegen::schedule {

Dependence::Dependence(const NestBuilder& draft) : draft_(draft) {
  for (size_t i = 0; i < draft.loops.size(); ++i) {
    depths_.push_back(draft.depth(static_cast<int>(i)));
    if (depths_[i] > 63) fail_internal("formula: more than 63 nested loops");
  }
  update();
  find_used();
}

// The builder's values are numbered operands first.
void Dependence::update() {
  for (size_t i = facts_.size(); i < draft_.values.size(); ++i) {
    facts_.push_back(facts(draft_.values[i]));
  }
}

bool Dependence::contains(int outer, int inner) const {
  while (inner > 0 && inner != outer) inner = draft_.loops[static_cast<size_t>(inner)].parent;
  return inner == outer;
}

void Dependence::add(Facts& to, int value) const {
  const Facts& from = facts_[static_cast<size_t>(value)];
  to.depths |= from.depths;
  if (depth(from.level) > depth(to.level)) to.level = from.level;
}

Dependence::Facts Dependence::facts(const Value& value) const {
  Facts facts;
  for (int part : parts(draft_, value)) add(facts, part);
  if (value.kind == Value::Kind::kIndex) {
    facts = {value.number, uint64_t{1} << depth(value.number)};
  } else if (value.kind == Value::Kind::kReduced || value.kind == Value::Kind::kScanned) {
    const Reduction& reduction = draft_.reductions[static_cast<size_t>(value.number)];
    for (int body : reduction.bodies) add(facts, body);
    int first = reduction.first_loop;
    facts.depths &= (uint64_t{1} << depth(first)) - 1;
    if (reduction.scan) facts.depths |= uint64_t{1} << depth(first);
    facts.level = reduction.scan ? first : draft_.loops[static_cast<size_t>(first)].parent;
  }
  return facts;
}

void Dependence::find_used() {
  std::vector<bool> used(draft_.values.size(), false);
  auto mark = [&](int value) { used[static_cast<size_t>(value)] = true; };
  for (const Reduction& reduction : draft_.reductions) {
    for (int body : reduction.bodies) mark(body);
  }
  for (const BuilderStore& store : draft_.stores) {
    mark(store.value);
    for (const auto& term : draft_.accesses[static_cast<size_t>(store.access)].terms) {
      mark(term.index);
    }
  }
  for (size_t i = used.size(); i-- > 0;) {
    if (!used[i]) continue;
    for (int part : parts(draft_, draft_.values[i])) mark(part);
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i]) used_.push_back(static_cast<int>(i));
  }
}

}  // namespace mycel::codegen::schedule
