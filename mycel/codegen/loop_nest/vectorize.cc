#include "mycel/codegen/loop_nest/vectorize.h"

#include <algorithm>
#include <cmath>

#include "mycel/codegen/analysis/function_cost.h"

namespace mycel::codegen::schedule {
namespace {

// Costs of one lane, relative to a simple scalar operation.
constexpr double kTrips = 64;       // the assumed trip count of every loop
constexpr double kLane = 1.0 / 16;  // one vector operation serves 16 lanes
constexpr double kGather = 0.6;     // of 4 or 8 bytes
constexpr double kGatherNarrow = 1.2;
constexpr double kAcrossLanes = 8;  // combining the lanes of an accumulator

// Work executed once in every iteration of the loops around it.
struct Task {
  LoopId loop;
  double work;
  AccessId access = kNoAccess;  // a load or store
  ValueId value = kNoValue;     // a load or call
};

double work_of(te::Fn fn) {
  constexpr double kWork[] = {1, 4, 16};  // by FunctionCost
  return kWork[static_cast<size_t>(cost_of_function(fn))];
}

class Vectorizer {
 public:
  Vectorizer(NestBuilder& draft, const Dependence& dependence)
      : draft_(draft), dependence_(dependence) {
    for (ValueId v : dependence_.used()) {
      const Value& value = draft.values[v];
      if (value.kind == Value::Kind::kLoad) {
        tasks_.push_back({dependence_.level(v), 1, value.access, v});
      } else if (value.kind == Value::Kind::kCall) {
        tasks_.push_back({dependence_.level(v), work_of(value.fn), kNoAccess, v});
      }
    }
    collect(kRootLoop);
  }

  void run() { best(kRootLoop, true); }

 private:
  const BuilderLoop& loop(LoopId id) const { return draft_.loops[id]; }

  void collect(LoopId id) {
    for (const BuilderItem& item : loop(id).items) {
      if (auto* inner = std::get_if<LoopId>(&item)) collect(*inner);
      if (std::holds_alternative<ReductionId>(item)) tasks_.push_back({id, 1});
      if (auto* store = std::get_if<StoreId>(&item)) {
        tasks_.push_back({id, 1, draft_.stores[*store].access});
      }
    }
  }

  bool allowed(LoopId id) const {
    Loop::Kind kind = loop(id).kind;
    if (kind == Loop::Kind::kParallel) return true;
    if (kind != Loop::Kind::kReduce) return false;
    // Arg-reductions take the first of equal elements. Across lanes, the index tells which is first
    // only if it is the loop's own.
    return std::none_of(draft_.reductions.begin(), draft_.reductions.end(), [&](const auto& r) {
      return r.bodies.size() > 1 && spans(r, id) &&
             (r.bodies[1] != loop(id).index || r.first_loop != r.last_loop);
    });
  }

  // Whether the loop is one of the reduction's.
  bool spans(const Reduction& r, LoopId id) const {
    return dependence_.contains(r.first_loop, id) && dependence_.contains(id, r.last_loop);
  }

  // Whether the access depends on the loop only by its stride along it.
  bool is_affine(const Access& access, LoopId id) const {
    return std::none_of(access.terms.begin(), access.terms.end(), [&](const Access::Term& term) {
      return term.index != loop(id).index && dependence_.depends(term.index, id);
    });
  }

  double lane_cost(const Task& task, LoopId vector) const {
    if (task.access == kNoAccess) return kLane;
    const Access& access = draft_.accesses[task.access];
    int64_t stride = stride_of(access, loop(vector).index);
    if (is_affine(access, vector) && (stride == 1 || stride == 0)) return kLane;
    bool store = task.value == kNoValue;
    return store ? 1 : byte_size(access.dtype) < 4 ? kGatherNarrow : kGather;
  }

  // The cost of a task if the loop `vector` (kNoLoop: none) around it is vectorized.
  double cost(const Task& task, LoopId vector) const {
    double trips = std::pow(kTrips, dependence_.depth(task.loop));
    if (vector == kNoLoop) return trips * task.work;
    return trips * task.work * lane_cost(task, vector);
  }

  double cost_as_lanes(LoopId id) const {
    double sum = 0;
    for (const Task& task : tasks_) {
      if (dependence_.contains(id, task.loop)) sum += cost(task, id);
    }
    for (const Reduction& r : draft_.reductions) {
      if (loop(id).kind == Loop::Kind::kReduce && spans(r, id)) {
        sum += kAcrossLanes * std::pow(kTrips, dependence_.depth(r.first_loop) - 1);
      }
    }
    return sum;
  }

  // Returns the least cost of the loop; with `apply`, marks the loops that reach it.
  double best(LoopId id, bool apply) {
    double inside = 0;
    for (const Task& task : tasks_) {
      if (task.loop == id) inside += cost(task, kNoLoop);
    }
    for (const BuilderItem& item : loop(id).items) {
      if (auto* inner = std::get_if<LoopId>(&item)) inside += best(*inner, false);
    }
    double lanes = allowed(id) ? cost_as_lanes(id) : INFINITY;
    if (apply && lanes < inside) {
      draft_.loops[id].vector = true;
    } else if (apply) {
      for (const BuilderItem& item : loop(id).items) {
        if (auto* inner = std::get_if<LoopId>(&item)) best(*inner, true);
      }
    }
    return std::min(lanes, inside);
  }

  NestBuilder& draft_;
  const Dependence& dependence_;
  std::vector<Task> tasks_;
};

}  // namespace

void vectorize(NestBuilder& draft, const Dependence& dependence) {
  Vectorizer(draft, dependence).run();
}

}  // namespace mycel::codegen::schedule
