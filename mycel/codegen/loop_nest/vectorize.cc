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
  int loop;
  double work;
  int access = -1;  // a load or store
  int value = -1;   // a load or call
};

double work_of(te::Fn fn) {
  constexpr double kWork[] = {1, 4, 16};  // by FunctionCost
  return kWork[static_cast<size_t>(cost_of_function(fn))];
}

class Vectorizer {
 public:
  Vectorizer(NestBuilder& draft, const Dependence& dependence)
      : draft_(draft), dependence_(dependence) {
    for (int v : dependence_.used()) {
      const Value& value = draft.values[static_cast<size_t>(v)];
      if (value.kind == Value::Kind::kLoad) {
        tasks_.push_back({dependence_.level(v), 1, value.number, v});
      } else if (value.kind == Value::Kind::kCall) {
        tasks_.push_back({dependence_.level(v), work_of(value.fn), -1, v});
      }
    }
    collect(0);
  }

  void run() { best(0, true); }

 private:
  const BuilderLoop& loop(int number) const { return draft_.loops[static_cast<size_t>(number)]; }

  void collect(int number) {
    for (const Item& item : loop(number).items) {
      if (item.kind == Item::Kind::kLoop) collect(item.number);
      if (item.kind == Item::Kind::kAccumulate) tasks_.push_back({number, 1});
      if (item.kind == Item::Kind::kStore) {
        int access = draft_.stores[static_cast<size_t>(item.number)].access;
        tasks_.push_back({number, 1, access});
      }
    }
  }

  bool allowed(int number) const {
    Loop::Kind kind = loop(number).kind;
    if (kind == Loop::Kind::kParallel) return true;
    if (kind != Loop::Kind::kReduce) return false;
    // Arg-reductions take the first of equal elements. Across lanes, the index tells which is first
    // only if it is the loop's own.
    return std::none_of(draft_.reductions.begin(), draft_.reductions.end(), [&](const auto& r) {
      return r.bodies.size() > 1 && spans(r, number) &&
             (r.bodies[1] != loop(number).index || r.first_loop != r.last_loop);
    });
  }

  // Whether the loop is one of the reduction's.
  bool spans(const Reduction& r, int number) const {
    return dependence_.contains(r.first_loop, number) && dependence_.contains(number, r.last_loop);
  }

  // Whether the access depends on the loop only by its stride along it.
  bool is_affine(const Access& access, int number) const {
    return std::none_of(access.terms.begin(), access.terms.end(), [&](const Access::Term& term) {
      return term.index != loop(number).index && dependence_.depends(term.index, number);
    });
  }

  double lane_cost(const Task& task, int vector) const {
    if (task.access < 0) return kLane;
    const Access& access = draft_.accesses[static_cast<size_t>(task.access)];
    int64_t stride = stride_of(access, loop(vector).index);
    if (is_affine(access, vector) && (stride == 1 || stride == 0)) return kLane;
    bool store = task.value < 0;
    return store ? 1 : byte_size(access.dtype) < 4 ? kGatherNarrow : kGather;
  }

  // The cost of a task if the loop `vector` (-1: none) around it is vectorized.
  double cost(const Task& task, int vector) const {
    double trips = std::pow(kTrips, dependence_.depth(task.loop));
    if (vector < 0) return trips * task.work;
    return trips * task.work * lane_cost(task, vector);
  }

  double cost_as_lanes(int number) const {
    double sum = 0;
    for (const Task& task : tasks_) {
      if (dependence_.contains(number, task.loop)) sum += cost(task, number);
    }
    for (const Reduction& r : draft_.reductions) {
      if (loop(number).kind == Loop::Kind::kReduce && spans(r, number)) {
        sum += kAcrossLanes * std::pow(kTrips, dependence_.depth(r.first_loop) - 1);
      }
    }
    return sum;
  }

  // Returns the least cost of the loop; with `apply`, marks the loops that reach it.
  double best(int number, bool apply) {
    double inside = 0;
    for (const Task& task : tasks_) {
      if (task.loop == number) inside += cost(task, -1);
    }
    for (const Item& item : loop(number).items) {
      if (item.kind == Item::Kind::kLoop) inside += best(item.number, false);
    }
    double lanes = allowed(number) ? cost_as_lanes(number) : INFINITY;
    if (apply && lanes < inside) {
      draft_.loops[static_cast<size_t>(number)].vector = true;
    } else if (apply) {
      for (const Item& item : loop(number).items) {
        if (item.kind == Item::Kind::kLoop) best(item.number, true);
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
