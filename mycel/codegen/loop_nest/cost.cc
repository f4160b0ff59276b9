#include "mycel/codegen/loop_nest/cost.h"

#include <algorithm>

#include "mycel/codegen/analysis/function_cost.h"

namespace mycel::codegen::schedule {
namespace {

// Nanoseconds per vector or scalar, at about 3 GHz.
constexpr double kSimple = 0.2;
constexpr double kDivision = 2;
constexpr double kTranscendental = 5;
constexpr double kPerByte = 0.04;  // loads and stores, between cache and memory
constexpr double kLoop = 1;        // to enter a loop

double cost_of(te::Fn fn, DType dtype) {
  switch (cost_of_function(fn)) {
    case FunctionCost::kSimple:
      return kSimple;
    case FunctionCost::kDivision:
      return kDivision;
    case FunctionCost::kTranscendental:
      break;
  }
  if (fn == te::Fn::kPow) return 3 * kTranscendental;
  return dtype == DType::kFloat64 ? 2 * kTranscendental : kTranscendental;
}

class Estimate {
 public:
  explicit Estimate(const Instance& instance) : nest_(instance.nest), extents_(instance.extents) {}

  double of(const std::vector<Item>& items) const {
    double sum = 0;
    for (const Item& item : items) {
      sum += std::visit([&](auto id) { return of(id); }, item);
    }
    return sum;
  }

 private:
  double of(ValueId id) const {
    const Value& value = nest_.values[id];
    if (value.kind == Value::Kind::kLoad) return memory(value);
    if (value.kind == Value::Kind::kCall) return cost_of(value.fn, value.dtype);
    return 0;
  }
  double of(StoreId id) const { return memory(nest_.values[nest_.stores[id].address]); }
  double of(ReductionId) const { return kSimple; }
  double of(LoopId id) const {
    const Loop& loop = nest_.loops[id];
    double steps = static_cast<double>(extents_[id]);
    if (loop.vector) steps = std::max(1.0, steps / nest_.lanes);
    return kLoop + steps * of(loop.items);
  }

  double memory(const Value& value) const {
    int depth = vector_depth(nest_, value.level);
    bool varies = depth >= 0 && (value.depths >> depth & 1);
    return kSimple +
           kPerByte * static_cast<double>(byte_size(value.dtype)) * (varies ? nest_.lanes : 1);
  }

  const Nest& nest_;
  const IndexedVector<LoopId, int64_t>& extents_;
};

}  // namespace

double nanoseconds(const Instance& instance) {
  return Estimate(instance).of(instance.nest.loops[kRootLoop].items);
}

}  // namespace mycel::codegen::schedule
