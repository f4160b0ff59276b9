#include "mycel/codegen/loop_nest/collapse.h"

#include <algorithm>

namespace mycel::codegen::schedule {
namespace {

// By value: whether it is used other than as an index of an access.
std::vector<bool> used_as_value(const NestBuilder& draft) {
  std::vector<bool> used(draft.values.size(), false);
  auto mark = [&](const Operands& operands) {
    for (int operand : operands) used[static_cast<size_t>(operand)] = true;
  };
  for (const Value& value : draft.values) mark(value.operands);
  for (const Reduction& reduction : draft.reductions) mark(reduction.bodies);
  for (const BuilderStore& store : draft.stores) used[static_cast<size_t>(store.value)] = true;
  return used;
}

class Collapse {
 public:
  explicit Collapse(NestBuilder& draft) : draft_(draft), used_(used_as_value(draft)) {}

  void run() {
    for (int i = static_cast<int>(draft_.loops.size()); i-- > 1;) {
      if (can_merge(i)) merge(i);
    }
  }

 private:
  BuilderLoop& loop(int number) { return draft_.loops[static_cast<size_t>(number)]; }

  bool can_merge(int outer) {
    const std::vector<Item>& items = loop(outer).items;
    if (items.size() != 1 || items[0].kind != Item::Kind::kLoop) return false;
    int inner = items[0].number;
    if (loop(inner).kind != loop(outer).kind || loop(outer).kind == Loop::Kind::kScan) return false;
    if (std::any_of(draft_.reductions.begin(), draft_.reductions.end(),
                    [&](const Reduction& r) { return r.first_loop == inner; })) {
      return false;
    }
    int a = loop(outer).index, b = loop(inner).index;
    if (used_[static_cast<size_t>(a)] || used_[static_cast<size_t>(b)]) return false;
    return std::all_of(draft_.accesses.begin(), draft_.accesses.end(), [&](const Access& access) {
      return stride_of(access, a) == stride_of(access, b) * loop(inner).extent;
    });
  }

  // Replaces the outer loop by the inner one, which takes over its iterations.
  void merge(int outer) {
    int inner = loop(outer).items[0].number;
    int gone = loop(outer).index;
    loop(inner).extent *= loop(outer).extent;
    loop(inner).parent = loop(outer).parent;
    for (Item& item : loop(loop(outer).parent).items) {
      if (item.kind == Item::Kind::kLoop && item.number == outer) item.number = inner;
    }
    for (Reduction& reduction : draft_.reductions) {
      if (reduction.first_loop == outer) reduction.first_loop = inner;
    }
    for (Access& access : draft_.accesses) {
      std::erase_if(access.terms, [&](const Access::Term& term) { return term.index == gone; });
    }
    loop(outer).items.clear();
  }

  NestBuilder& draft_;
  std::vector<bool> used_;
};

}  // namespace

void collapse(NestBuilder& draft) { Collapse(draft).run(); }

}  // namespace mycel::codegen::schedule
