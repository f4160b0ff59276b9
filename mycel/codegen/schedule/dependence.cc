#include "mycel/codegen/schedule/dependence.h"

#include "mycel/base/error.h"

namespace mycel::codegen::schedule {

// Values of a draft are numbered operands first.
Dependence::Dependence(const Draft& draft) : draft_(draft), depths_(draft.loops.size(), 0) {
  for (size_t i = 0; i < draft.loops.size(); ++i) {
    int depth = 0;
    for (int l = static_cast<int>(i); l > 0; l = draft.loops[static_cast<size_t>(l)].parent) {
      ++depth;
    }
    if (depth > 63) fail_internal("formula: more than 63 nested loops");
    depths_[i] = depth;
  }
  facts_.reserve(draft.values.size());
  for (const Value& value : draft.values) facts_.push_back(facts(value));
  find_used();
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
  for (const DraftStore& store : draft_.stores) {
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
