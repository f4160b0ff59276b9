#include "mycel/codegen/loop_nest/finalize_nest.h"

#include "mycel/codegen/loop_nest/addresses.h"
#include "mycel/codegen/loop_nest/lanes.h"
#include "mycel/codegen/loop_nest/split.h"

namespace mycel::codegen::schedule {
namespace {

class Finish {
 public:
  Finish(NestBuilder& draft, const Dependence& dependence, const AccessAddresses& addresses)
      : draft_(draft),
        dependence_(dependence),
        addresses_(addresses),
        placed_(draft.values.size(), kNoValue),
        loop_of_(draft.loops.size(), kNoLoop),
        reduction_of_(draft.reductions.size()) {}

  Instance run() {
    place_loop(kRootLoop, kNoLoop);
    out_.nest.arguments = draft_.argument_types;
    out_.arguments = draft_.arguments;
    return std::move(out_);
  }

 private:
  LoopId place_loop(LoopId id, LoopId parent) {
    const BuilderLoop& from = draft_.loops[id];
    Loop to;
    to.kind = from.kind;
    to.parent = parent;
    to.depth = dependence_.depth(id);
    to.extent = parent == kNoLoop ? kNoArgument : draft_.argument(DType::kInt64, from.extent);
    to.vector = from.vector;
    to.unroll = from.unroll;
    to.blocked = from.blocked;
    LoopId placed = loop_of_[id] = out_.nest.loops.push_back(std::move(to));
    out_.extents.push_back(from.extent);
    for (const BuilderItem& item : from.items) {
      Item step = std::visit([&](auto part) { return place_item(part, placed); }, item);
      out_.nest.loops[placed].items.push_back(step);
    }
    return placed;
  }

  Item place_item(LoopId id, LoopId in) { return place_loop(id, in); }
  Item place_item(ReductionId id, LoopId) {
    Reduction reduction = draft_.reductions[id];
    for (ValueId& body : reduction.bodies) body = place(body);
    reduction.first_loop = loop_of_[reduction.first_loop];
    reduction.last_loop = loop_of_[reduction.last_loop];
    return reduction_of_[id] = out_.nest.reductions.push_back(reduction);
  }
  Item place_item(StoreId id, LoopId) {
    const BuilderStore& store = draft_.stores[id];
    ValueId value = place(store.value), address = place(addresses_[store.access]);
    return out_.nest.stores.push_back({draft_.accesses[store.access].dtype, address, value});
  }

  Operands operands_of(const Value& value) const {
    if (value.kind != Value::Kind::kLoad) return value.operands;
    Operands operands{addresses_[value.access]};
    for (ValueId operand : value.operands) operands.push_back(operand);
    return operands;
  }

  // Places a value of the builder after all that it needs; returns its number in the nest.
  // Iterative: formulas may be deep.
  ValueId place(ValueId wanted) {
    std::vector<ValueId> stack{wanted};
    while (!stack.empty()) {
      ValueId top = stack.back();
      if (placed_[top] != kNoValue) {
        stack.pop_back();
        continue;
      }
      size_t before = stack.size();
      for (ValueId operand : operands_of(draft_.values[top])) {
        if (placed_[operand] == kNoValue) stack.push_back(operand);
      }
      if (stack.size() > before) continue;
      placed_[top] = place_value(top);
      stack.pop_back();
    }
    return placed_[wanted];
  }

  ValueId place_value(ValueId id) {
    Value value = draft_.values[id];
    value.operands = operands_of(value);
    for (ValueId& operand : value.operands) operand = placed_[operand];
    value.level = loop_of_[dependence_.level(id)];
    value.depths = dependence_.depths(id);
    value.access = {};
    if (value.kind == Value::Kind::kIndex) value.loop = value.level;
    if (value.kind == Value::Kind::kReduced || value.kind == Value::Kind::kScanned) {
      value.reduction = reduction_of_[value.reduction];
    }
    out_.nest.checks |= value.kind == Value::Kind::kCheck;
    ValueId placed = out_.nest.values.push_back(value);
    out_.nest.loops[value.level].items.push_back(placed);
    return placed;
  }

  NestBuilder& draft_;
  const Dependence& dependence_;
  const AccessAddresses& addresses_;
  Instance out_;
  // Numbers in the nest, by number in the builder.
  IndexedVector<ValueId, ValueId> placed_;
  IndexedVector<LoopId, LoopId> loop_of_;
  IndexedVector<ReductionId, ReductionId> reduction_of_;
};

}  // namespace

Instance finalize_nest(const ScheduleInput& problem, NestBuilder& draft, Dependence& dependence) {
  AccessAddresses addresses = make_addresses(problem, dependence, draft);
  dependence.update();
  Instance out = Finish(draft, dependence, addresses).run();
  draft.chunks > 1 ? mark_chunked(out.nest) : mark_splittable(out.nest);
  out.nest.lanes = count_lanes(out.nest, problem.machine.vector_bits);
  return out;
}

}  // namespace mycel::codegen::schedule
