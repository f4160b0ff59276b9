// Unrolls loops: keeps several accumulators of a reduction in flight.
#include <algorithm>

#include "mycel/codegen/loop_nest/vectorize.h"

namespace mycel::codegen::schedule {
namespace {

// Accumulators in flight. A fused multiply-add takes about 4 cycles and two start in each, so 8
// accumulators keep the units busy; more rows reuse each loaded vector more often.
constexpr int kRows = 4;
constexpr int kVectors = 2;
constexpr int kStreams = 4;
// A reduction loop of more steps than this is blocked, whether unrolled or not.
constexpr int64_t kLong = 1 << 12;

class Unroller {
 public:
  Unroller(NestBuilder& draft, const Dependence& dependence)
      : draft_(draft), dependence_(dependence) {}

  void run() {
    for (const Reduction& r : draft_.reductions) {
      if (r.scan) continue;
      unroll(r);
      block(r);
    }
  }

 private:
  BuilderLoop& loop(LoopId id) { return draft_.loops[id]; }

  // Loads inside the reduction's loops.
  std::vector<ValueId> loads(const Reduction& r) const {
    std::vector<ValueId> out;
    for (ValueId v : dependence_.used()) {
      bool load = draft_.values[v].kind == Value::Kind::kLoad;
      if (load && dependence_.contains(r.first_loop, dependence_.level(v))) out.push_back(v);
    }
    return out;
  }

  // Whether several iterations of the loop use the same load.
  bool reuses(const std::vector<ValueId>& loads, LoopId loop) const {
    return std::any_of(loads.begin(), loads.end(),
                       [&](ValueId load) { return !dependence_.depends(load, loop); });
  }

  // Whether the loop contains no loops but the reduction's and those around it.
  bool only(const Reduction& r, LoopId loop) const {
    for (LoopId other : draft_.loops.indices()) {
      if (draft_.loops[other].items.empty() || !dependence_.contains(loop, other)) continue;
      if (!dependence_.contains(other, r.last_loop)) return false;
    }
    return true;
  }

  // The parallel loops around the reduction that are worth unrolling, innermost first.
  std::vector<LoopId> rows(const Reduction& r, const std::vector<ValueId>& loads) {
    std::vector<LoopId> out;
    for (LoopId l = loop(r.first_loop).parent; l != kRootLoop; l = loop(l).parent) {
      if (loop(l).kind != Loop::Kind::kParallel || !only(r, l)) break;
      if (!loop(l).vector && reuses(loads, l)) out.push_back(l);
    }
    return out;
  }

  // The vectorized loop that `inner` is or is inside of, or the root.
  LoopId vector_loop(LoopId inner) {
    while (inner != kRootLoop && !loop(inner).vector) inner = loop(inner).parent;
    return inner;
  }

  void block(const Reduction& r) {
    for (LoopId l = r.last_loop;; l = loop(l).parent) {
      if (loop(l).extent > kLong) loop(l).blocked = true;
      if (l == r.first_loop) return;
    }
  }

  void unroll(const Reduction& r) {
    LoopId vector = vector_loop(r.last_loop);
    if (vector == kRootLoop) return;
    std::vector<ValueId> read = loads(r);
    std::vector<LoopId> around = rows(r, read);
    bool across = loop(vector).kind == Loop::Kind::kReduce;
    if (around.empty()) {
      loop(vector).unroll = across || only(r, vector) ? kStreams : kVectors;
      loop(r.last_loop).blocked = true;
      return;
    }
    loop(around[0]).unroll = kRows;
    if (across) {
      if (around.size() > 1) loop(around[1]).unroll = kVectors;
    } else if (reuses(read, vector)) {
      loop(vector).unroll = kVectors;
    }
  }

  NestBuilder& draft_;
  const Dependence& dependence_;
};

}  // namespace

void unroll(NestBuilder& draft, const Dependence& dependence) { Unroller(draft, dependence).run(); }

}  // namespace mycel::codegen::schedule
