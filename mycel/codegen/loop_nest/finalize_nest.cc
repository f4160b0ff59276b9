#include "mycel/codegen/loop_nest/finalize_nest.h"

#include "mycel/codegen/loop_nest/addresses.h"
#include "mycel/codegen/loop_nest/lanes.h"
#include "mycel/codegen/loop_nest/split.h"

namespace mycel::codegen::schedule {
namespace {

class Finish {
 public:
  // `addresses`: by access.
  Finish(NestBuilder& draft, const Dependence& dependence, const std::vector<int>& addresses)
      : draft_(draft),
        dependence_(dependence),
        addresses_(addresses),
        placed_(draft.values.size(), -1),
        loop_of_(draft.loops.size(), -1),
        reduction_of_(draft.reductions.size(), -1) {}

  Instance run() {
    place_loop(0, -1);
    out_.nest.arguments = draft_.argument_types;
    out_.arguments = draft_.arguments;
    return std::move(out_);
  }

 private:
  Loop& loop(int number) { return out_.nest.loops[static_cast<size_t>(number)]; }
  // Numbers in the nest, by number in the builder.
  int& placed(int value) { return placed_[static_cast<size_t>(value)]; }
  int& loop_of(int loop) { return loop_of_[static_cast<size_t>(loop)]; }
  int& reduction_of(int reduction) { return reduction_of_[static_cast<size_t>(reduction)]; }

  int place_loop(int draft_number, int parent) {
    int number = static_cast<int>(out_.nest.loops.size());
    loop_of(draft_number) = number;
    const BuilderLoop& from = draft_.loops[static_cast<size_t>(draft_number)];
    Loop to;
    to.kind = from.kind;
    to.parent = parent;
    to.depth = dependence_.depth(draft_number);
    to.extent = parent < 0 ? -1 : draft_.argument(DType::kInt64, from.extent);
    to.vector = from.vector;
    to.unroll = from.unroll;
    to.blocked = from.blocked;
    out_.nest.loops.push_back(std::move(to));
    out_.extents.push_back(from.extent);
    for (const Item& item : from.items) place_item(item, number);
    return number;
  }

  void place_item(const Item& item, int in) {
    int number = item.number;
    if (item.kind == Item::Kind::kLoop) {
      number = place_loop(item.number, in);
    } else if (item.kind == Item::Kind::kAccumulate) {
      number = place_reduction(item.number);
    } else {
      number = place_store(draft_.stores[static_cast<size_t>(item.number)]);
    }
    loop(in).items.push_back({item.kind, number});
  }

  int place_reduction(int draft_number) {
    Reduction reduction = draft_.reductions[static_cast<size_t>(draft_number)];
    for (int& body : reduction.bodies) body = place(body);
    reduction.first_loop = loop_of(reduction.first_loop);
    reduction.last_loop = loop_of(reduction.last_loop);
    int number = static_cast<int>(out_.nest.reductions.size());
    reduction_of(draft_number) = number;
    out_.nest.reductions.push_back(reduction);
    return number;
  }

  int place_store(const BuilderStore& store) {
    size_t access = static_cast<size_t>(store.access);
    int value = place(store.value), address = place(addresses_[access]);
    out_.nest.stores.push_back({draft_.accesses[access].dtype, address, value});
    return static_cast<int>(out_.nest.stores.size()) - 1;
  }

  Operands operands_of(const Value& value) const {
    if (value.kind != Value::Kind::kLoad) return value.operands;
    Operands operands{addresses_[static_cast<size_t>(value.number)]};
    for (int operand : value.operands) operands.push_back(operand);
    return operands;
  }

  // Places a value of the builder after all that it needs; returns its number in the nest.
  // Iterative: formulas may be deep.
  int place(int wanted) {
    std::vector<int> stack{wanted};
    while (!stack.empty()) {
      int top = stack.back();
      if (placed(top) >= 0) {
        stack.pop_back();
        continue;
      }
      size_t before = stack.size();
      for (int operand : operands_of(draft_.values[static_cast<size_t>(top)])) {
        if (placed(operand) < 0) stack.push_back(operand);
      }
      if (stack.size() > before) continue;
      placed(top) = place_value(top);
      stack.pop_back();
    }
    return placed(wanted);
  }

  int place_value(int number) {
    Value value = draft_.values[static_cast<size_t>(number)];
    value.operands = operands_of(value);
    for (int& operand : value.operands) operand = placed(operand);
    value.level = loop_of(dependence_.level(number));
    value.depths = dependence_.depths(number);
    if (value.kind == Value::Kind::kLoad) value.number = 0;
    if (value.kind == Value::Kind::kIndex) value.number = value.level;
    if (value.kind == Value::Kind::kReduced || value.kind == Value::Kind::kScanned) {
      value.number = reduction_of(value.number);
    }
    out_.nest.checks |= value.kind == Value::Kind::kCheck;
    int result = static_cast<int>(out_.nest.values.size());
    out_.nest.values.push_back(value);
    loop(value.level).items.push_back({Item::Kind::kValue, result});
    return result;
  }

  NestBuilder& draft_;
  const Dependence& dependence_;
  const std::vector<int>& addresses_;
  Instance out_;
  std::vector<int> placed_, loop_of_, reduction_of_;
};

}  // namespace

Instance finalize_nest(const ScheduleInput& problem, NestBuilder& draft, Dependence& dependence) {
  std::vector<int> addresses = make_addresses(problem, dependence, draft);
  dependence.update();
  Instance out = Finish(draft, dependence, addresses).run();
  draft.chunks > 1 ? mark_chunked(out.nest) : mark_splittable(out.nest);
  out.nest.lanes = count_lanes(out.nest, problem.machine.vector_bits);
  return out;
}

}  // namespace mycel::codegen::schedule
