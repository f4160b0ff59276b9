#include "mycel/codegen/loop_nest/build.h"

#include <map>
#include <tuple>

#include "mycel/base/error.h"
#include "mycel/codegen/loop_nest/lower.h"

namespace mycel::codegen::schedule {
namespace {

using te::Kind;
using te::Node;

class Builder {
 public:
  Builder(const ScheduleInput& problem, const Group& group)
      : problem_(problem),
        group_(group),
        roots_(group.values()),
        analysis_(roots_),
        accesses_(analyze_loads(analysis_, problem)),
        open_(draft_),
        lowering_(problem, analysis_, accesses_, open_, draft_) {
    draft_.chunks = group.chunks;
  }

  NestBuilder build() {
    std::vector<te::Axis> axes = order_parallel(problem_, group_, analysis_, accesses_);
    std::vector<bool> stored(group_.targets.size(), false);
    bind_single();
    LoopId loop = kRootLoop;
    for (size_t depth = 0;; ++depth) {
      emit_scope(loop, roots_);
      for (size_t i = 0; i < stored.size(); ++i) {
        if (!stored[i] && open_.are_bound(ids(group_.targets[i].axes))) {
          store(group_.targets[i], loop);
          stored[i] = true;
        }
      }
      if (depth == axes.size()) return std::move(draft_);
      bool scanned = is_scanned(axes[depth], group_, analysis_);
      loop = open(scanned ? Loop::Kind::kScan : Loop::Kind::kParallel, loop, axes[depth].extent);
      open_.bind(axes[depth], loop);
    }
  }

 private:
  void bind_single() {
    auto bind = [&](const std::vector<te::Axis>& axes) {
      for (const te::Axis& axis : axes) {
        if (problem_.value(axis.extent) == 1) open_.bind(axis, LoopBindings::kSingle);
      }
    };
    for (const Node* node : analysis_.order()) bind(node->axes);
    for (const Target& target : group_.targets) bind(target.axes);
  }

  LoopId open(Loop::Kind kind, LoopId parent, Dim extent) {
    return draft_.loop(kind, parent, problem_.value(extent));
  }

  // The reductions and scans anywhere below the roots that can be computed now.
  std::vector<const Node*> pending(const std::vector<te::Expr>& roots) {
    std::vector<const Node*> out;
    for (const Node* node : te::post_order(roots)) {
      bool ready = has_loops(*node) && open_.are_bound(analysis_.free(node));
      if (ready && !lowering_.known(node)) out.push_back(node);
    }
    return out;
  }

  void emit_scope(LoopId loop, const std::vector<te::Expr>& roots) {
    // Rank by rank, so that a reduction comes after those that it needs. Arg-reductions share no
    // loops with other reductions, because the order of their loops matters.
    using Key = std::tuple<int, std::vector<int64_t>, bool, bool>;
    std::map<Key, std::vector<const Node*>> groups;
    for (const Node* node : pending(roots)) {
      Key key{analysis_.rank(node), reduced_extents(problem_, *node, accesses_),
              node->kind == Kind::kScan, node->operands.size() > 1};
      groups[key].push_back(node);
    }
    for (const auto& [key, members] : groups) {
      if (std::get<2>(key)) {
        for (const Node* scan : members) emit_scan(scan, loop);
      } else {
        emit_reductions(members, loop);
      }
    }
  }

  void emit_reductions(const std::vector<const Node*>& members, LoopId parent) {
    LoopId loop = parent, first = kNoLoop;
    std::vector<std::vector<size_t>> orders;
    for (const Node* node : members) orders.push_back(order_reduced(problem_, *node, accesses_));
    for (size_t i = 0; i < orders[0].size(); ++i) {
      loop = open(Loop::Kind::kReduce, loop, members[0]->axes[orders[0][i]].extent);
      if (first == kNoLoop) first = loop;
      for (size_t m = 0; m < members.size(); ++m) {
        open_.bind(members[m]->axes[orders[m][i]], loop);
      }
    }
    std::vector<te::Expr> bodies;
    for (const Node* node : members) {
      bodies.insert(bodies.end(), node->operands.begin(), node->operands.end());
    }
    emit_scope(loop, bodies);
    std::vector<ValueId> results;
    for (const Node* node : members) results.push_back(reduce(node, first, loop));
    // Unbinds all before the first is remembered: members may bind the same axes.
    for (const Node* node : members) open_.unbind(node->axes);
    for (size_t m = 0; m < members.size(); ++m) lowering_.remember(members[m], results[m]);
  }

  // The value of one reduction whose loops are open.
  ValueId reduce(const Node* node, LoopId first, LoopId last) {
    Operands bodies;
    for (const te::Expr& operand : node->operands) bodies.push_back(lowering_.value(operand));
    if (first == kNoLoop) return bodies[static_cast<size_t>(node->result)];  // over one element
    return draft_.value(
        {.kind = Value::Kind::kReduced,
         .dtype = node->dtype,
         .result = node->result,
         .reduction = draft_.reduction({node->reducer, false, bodies, first, last})});
  }

  void emit_scan(const Node* node, LoopId loop) {
    const te::Axis* along = sequential_axis(*node, group_, analysis_);
    if (!along) fail_internal("formula: a scan does not run along an axis of its output");
    LoopId own = open_.loop(along->id);
    open_.bind(node->axes[0], own);
    emit_scope(loop, {node->operands[0]});
    ValueId value = lowering_.value(node->operands[0]);
    if (own != LoopBindings::kSingle) {
      ReductionId scan = draft_.reduction({node->reducer, true, {value}, own, own});
      value =
          draft_.value({.kind = Value::Kind::kScanned, .dtype = node->dtype, .reduction = scan});
    }
    open_.unbind(node->axes);
    lowering_.remember(node, value);
  }

  void store(const Target& target, LoopId loop) {
    ValueId value = lowering_.value(target.value);
    Access access = lowering_.bind(analyze_target(target, problem_), target.buffer);
    access.chunked = group_.chunks > 1;
    draft_.store({draft_.access(access), value}, loop);
  }

  const ScheduleInput& problem_;
  const Group& group_;
  std::vector<te::Expr> roots_;
  Analysis analysis_;
  Accesses accesses_;
  NestBuilder draft_;
  LoopBindings open_;
  Lowering lowering_;
};

}  // namespace

NestBuilder build(const ScheduleInput& problem, const Group& group) {
  return Builder(problem, group).build();
}

}  // namespace mycel::codegen::schedule
