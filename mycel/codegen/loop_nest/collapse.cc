#include "mycel/codegen/loop_nest/collapse.h"

#include <algorithm>

namespace mycel::codegen::schedule {
namespace {

// Whether each value is used other than as an index of an access.
IndexedVector<ValueId, bool> used_as_value(const NestBuilder& draft) {
  IndexedVector<ValueId, bool> used(draft.values.size(), false);
  auto mark = [&](const Operands& operands) {
    for (ValueId operand : operands) used[operand] = true;
  };
  for (const Value& value : draft.values) mark(value.operands);
  for (const Reduction& reduction : draft.reductions) mark(reduction.bodies);
  for (const BuilderStore& store : draft.stores) used[store.value] = true;
  return used;
}

class Collapse {
 public:
  explicit Collapse(NestBuilder& draft) : draft_(draft), used_(used_as_value(draft)) {}

  void run() {
    for (LoopId outer : draft_.loops.reversed_indices()) {
      const std::vector<BuilderItem>& items = loop(outer).items;
      if (items.size() != 1) continue;
      const LoopId* inner = std::get_if<LoopId>(&items[0]);
      if (inner && can_merge(outer, *inner)) merge(outer, *inner);
    }
  }

 private:
  BuilderLoop& loop(LoopId id) { return draft_.loops[id]; }

  // The root merges with no loop, as it has a kind of its own.
  bool can_merge(LoopId outer, LoopId inner) {
    if (loop(inner).kind != loop(outer).kind || loop(outer).kind == Loop::Kind::kScan) return false;
    if (std::any_of(draft_.reductions.begin(), draft_.reductions.end(),
                    [&](const Reduction& r) { return r.first_loop == inner; })) {
      return false;
    }
    ValueId a = loop(outer).index, b = loop(inner).index;
    if (used_[a] || used_[b]) return false;
    return std::all_of(draft_.accesses.begin(), draft_.accesses.end(), [&](const Access& access) {
      return stride_of(access, a) == stride_of(access, b) * loop(inner).extent;
    });
  }

  // Replaces the outer loop by the inner one, which takes over its iterations.
  void merge(LoopId outer, LoopId inner) {
    ValueId gone = loop(outer).index;
    loop(inner).extent *= loop(outer).extent;
    loop(inner).parent = loop(outer).parent;
    std::vector<BuilderItem>& around = loop(loop(outer).parent).items;
    std::replace(around.begin(), around.end(), BuilderItem(outer), BuilderItem(inner));
    for (Reduction& reduction : draft_.reductions) {
      if (reduction.first_loop == outer) reduction.first_loop = inner;
    }
    for (Access& access : draft_.accesses) {
      std::erase_if(access.terms, [&](const Access::Term& term) { return term.index == gone; });
    }
    loop(outer).items.clear();
  }

  NestBuilder& draft_;
  IndexedVector<ValueId, bool> used_;
};

}  // namespace

void collapse(NestBuilder& draft) { Collapse(draft).run(); }

}  // namespace mycel::codegen::schedule
