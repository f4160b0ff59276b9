#include "mycel/codegen/schedule/build.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>

#include "mycel/base/error.h"
#include "mycel/codegen/schedule/order.h"

namespace mycel::codegen::schedule {
namespace {

using te::Kind;
using te::Node;

std::vector<te::Expr> values_of(const Group& group) {
  std::vector<te::Expr> values;
  for (const Target& target : group.targets) values.push_back(target.value);
  return values;
}

// Numbers that stay in the code: those that algorithms are made of. Others are arguments, so that
// one class serves all learning rates.
bool stays_in_code(const Node& constant) {
  if (const int64_t* i = std::get_if<int64_t>(&constant.constant)) return *i >= -2 && *i <= 2;
  double value = std::get<double>(constant.constant);
  return !std::isfinite(value) || value == 0 || std::abs(value) == 1 || std::abs(value) == 2 ||
         std::abs(value) == 0.5;
}

// The bits of a constant as they lie in memory.
int64_t memory_bits(const Node& constant) {
  int64_t bits = 0;
  visit_dtype(constant.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T value;
    if (const int64_t* i = std::get_if<int64_t>(&constant.constant)) {
      value = static_cast<T>(static_cast<ComputeType<T>>(*i));
    } else {
      value = static_cast<T>(static_cast<ComputeType<T>>(std::get<double>(constant.constant)));
    }
    std::memcpy(&bits, &value, sizeof(value));
  });
  return bits;
}

class Builder {
 public:
  Builder(const Problem& problem, const Group& group)
      : problem_(problem),
        group_(group),
        roots_(values_of(group)),
        analysis_(roots_),
        accesses_(analyze_loads(analysis_, problem)) {
    draft_.chunks = group.chunks;
  }

  Draft build() {
    std::vector<te::Axis> axes = order_parallel(problem_, group_, analysis_, accesses_);
    std::vector<bool> stored(group_.targets.size(), false);
    bind_single();
    int loop = 0;
    for (size_t depth = 0;; ++depth) {
      memo_.resize(draft_.loops.size());
      emit_scope(loop, roots_);
      for (size_t i = 0; i < stored.size(); ++i) {
        if (!stored[i] && is_bound(ids(group_.targets[i].axes))) {
          store(group_.targets[i], loop);
          stored[i] = true;
        }
      }
      if (depth == axes.size()) return std::move(draft_);
      Loop::Kind kind = is_scan_axis(axes[depth]) ? Loop::Kind::kScan : Loop::Kind::kParallel;
      loop = open(kind, loop, axes[depth].extent);
      env_[axes[depth].id] = loop;
    }
  }

 private:
  static constexpr int kSingle = 0;  // an axis of extent 1 has no loop: its index is 0

  void bind_single() {
    auto bind = [&](const std::vector<te::Axis>& axes) {
      for (const te::Axis& axis : axes) {
        if (problem_.value(axis.extent) == 1) env_[axis.id] = kSingle;
      }
    };
    for (const Node* node : analysis_.order()) bind(node->axes);
    for (const Target& target : group_.targets) bind(target.axes);
  }

  void unbind(const std::vector<te::Axis>& axes) {
    for (const te::Axis& axis : axes) {
      auto found = env_.find(axis.id);
      if (found != env_.end() && found->second != kSingle) env_.erase(found);
    }
  }

  bool is_scan_axis(const te::Axis& axis) const {
    for (const Node* node : analysis_.order()) {
      if (node->kind != Kind::kScan) continue;
      const te::Axis* sequential = sequential_axis(*node, group_, analysis_);
      if (sequential && *sequential == axis) return true;
    }
    return false;
  }

  int open(Loop::Kind kind, int parent, Dim extent) {
    int loop = draft_.loop(kind, parent, problem_.value(extent));
    draft_.loops[static_cast<size_t>(parent)].items.push_back({Item::Kind::kLoop, loop});
    memo_.resize(draft_.loops.size());
    return loop;
  }

  bool is_bound(const AxisIds& axes) const {
    return std::all_of(axes.begin(), axes.end(), [&](int64_t id) { return env_.count(id) != 0; });
  }

  int depth(int loop) const {
    int depth = 0;
    for (; loop > 0; loop = draft_.loops[static_cast<size_t>(loop)].parent) ++depth;
    return depth;
  }

  // The deepest loop that the node depends on.
  int level(const Node* node) const {
    int deepest = 0, most = 0;
    for (int64_t id : analysis_.free(node)) {
      auto bound = env_.find(id);
      if (bound == env_.end()) fail_internal("formula: an axis is used outside its loop");
      int d = depth(bound->second);
      if (d > most) most = d, deepest = bound->second;
    }
    return deepest;
  }

  int* known(const Node* node) {
    auto& memo = memo_[static_cast<size_t>(level(node))];
    auto found = memo.find(node);
    return found == memo.end() ? nullptr : &found->second;
  }

  // --- reductions and scans ---

  // Those that can be computed now, inside `loop`, wherever they stand below the roots.
  std::vector<const Node*> pending(const std::vector<te::Expr>& roots) {
    std::vector<const Node*> out;
    for (const Node* node : te::post_order(roots)) {
      bool loops = node->kind == Kind::kReduce || node->kind == Kind::kScan;
      if (loops && is_bound(analysis_.free(node)) && !known(node)) out.push_back(node);
    }
    return out;
  }

  std::vector<int64_t> extents(const Node* node) const {
    std::vector<int64_t> out;
    for (size_t i : order_reduced(problem_, *node, accesses_)) {
      out.push_back(problem_.value(node->axes[i].extent));
    }
    return out;
  }

  void emit_scope(int loop, const std::vector<te::Expr>& roots) {
    // Rank by rank, so that what a reduction needs comes before it; one of arguments keeps its own
    // loops, as their order counts.
    using Key = std::tuple<int, std::vector<int64_t>, bool, bool>;
    std::map<Key, std::vector<const Node*>> groups;
    for (const Node* node : pending(roots)) {
      Key key{analysis_.rank(node), extents(node), node->kind == Kind::kScan,
              node->operands.size() > 1};
      groups[key].push_back(node);
    }
    for (const auto& [key, members] : groups) {
      if (std::get<2>(key)) {
        for (const Node* scan : members) emit_scan(loop, scan);
      } else {
        emit_reductions(loop, members);
      }
    }
  }

  void emit_reductions(int parent, const std::vector<const Node*>& members) {
    int loop = parent, first = -1;
    std::vector<std::vector<size_t>> orders;
    for (const Node* node : members) orders.push_back(order_reduced(problem_, *node, accesses_));
    for (size_t i = 0; i < orders[0].size(); ++i) {
      loop = open(Loop::Kind::kReduce, loop, members[0]->axes[orders[0][i]].extent);
      if (first < 0) first = loop;
      for (size_t m = 0; m < members.size(); ++m) env_[members[m]->axes[orders[m][i]].id] = loop;
    }
    std::vector<te::Expr> bodies;
    for (const Node* node : members) {
      bodies.insert(bodies.end(), node->operands.begin(), node->operands.end());
    }
    emit_scope(loop, bodies);
    std::vector<int> results;
    for (const Node* node : members) results.push_back(reduce(node, first, loop));
    // Members may bind the same axes.
    std::vector<te::Axis> bound;
    for (const Node* node : members)
      bound.insert(bound.end(), node->axes.begin(), node->axes.end());
    unbind(bound);
    for (size_t m = 0; m < members.size(); ++m) {
      memo_[static_cast<size_t>(level(members[m]))][members[m]] = results[m];
    }
  }

  // The value of one reduction whose loops are open.
  int reduce(const Node* node, int first, int last) {
    Operands bodies;
    for (const te::Expr& operand : node->operands) bodies.push_back(lower(operand));
    if (first < 0) return bodies[static_cast<size_t>(node->result)];  // over one element
    int number = reduction({node->reducer, false, bodies, first, last});
    return draft_.value({.kind = Value::Kind::kReduced,
                         .dtype = node->dtype,
                         .number = number,
                         .result = node->result});
  }

  int reduction(const Reduction& wanted) {
    for (size_t i = 0; i < draft_.reductions.size(); ++i) {
      const Reduction& known = draft_.reductions[i];
      if (known.reducer == wanted.reducer && known.last_loop == wanted.last_loop &&
          known.bodies == wanted.bodies) {
        return static_cast<int>(i);
      }
    }
    int number = static_cast<int>(draft_.reductions.size());
    draft_.reductions.push_back(wanted);
    draft_.loops[static_cast<size_t>(wanted.last_loop)].items.push_back(
        {Item::Kind::kAccumulate, number});
    return number;
  }

  void emit_scan(int loop, const Node* node) {
    const te::Axis* along = sequential_axis(*node, group_, analysis_);
    if (!along) fail_internal("formula: a scan does not run along an axis of its output");
    int64_t bound = node->axes[0].id;
    env_[bound] = env_.at(along->id);
    emit_scope(loop, {node->operands[0]});
    int body = lower(node->operands[0]);
    int value = body;
    if (env_.at(bound) != kSingle) {
      int number = reduction({node->reducer, true, {body}, env_.at(bound), env_.at(bound)});
      value = draft_.value({.kind = Value::Kind::kScanned, .dtype = node->dtype, .number = number});
    }
    unbind(node->axes);
    memo_[static_cast<size_t>(level(node))][node] = value;
  }

  // --- values ---

  // What must be lowered before the node.
  std::vector<const Node*> needs(const Node* node) const {
    std::vector<const Node*> out;
    if (node->kind == Kind::kReduce || node->kind == Kind::kScan) return out;
    if (node->kind != Kind::kLoad) {
      for (const te::Expr& operand : node->operands) out.push_back(operand.get());
      return out;
    }
    const AffineAccess& access = accesses_.at(node);
    for (const auto& term : access.indices) out.push_back(term.index.get());
    for (const auto& check : access.checks) out.push_back(check.index.get());
    if (node->predicated) out.push_back(node->operands.back().get());
    return out;
  }

  // Iterative: formulas may be deep.
  int lower(const te::Expr& expr) {
    std::vector<const Node*> stack{expr.get()};
    while (!stack.empty()) {
      const Node* node = stack.back();
      if (known(node)) {
        stack.pop_back();
        continue;
      }
      size_t before = stack.size();
      for (const Node* need : needs(node)) {
        if (!known(need)) stack.push_back(need);
      }
      if (stack.size() > before) continue;
      int value = make(node);
      memo_[static_cast<size_t>(level(node))][node] = value;
      stack.pop_back();
    }
    return *known(expr.get());
  }

  int make(const Node* node) {
    switch (node->kind) {
      case Kind::kConstant:
        return number(*node);
      case Kind::kExtent:
        return extent(node);
      case Kind::kAxis: {
        int loop = env_.at(node->axes[0].id);
        if (loop == kSingle) return draft_.constant(DType::kInt64, 0);
        return draft_.loops[static_cast<size_t>(loop)].index;
      }
      case Kind::kLoad:
        return load(node);
      case Kind::kCall: {
        Operands operands;
        for (const te::Expr& operand : node->operands) operands.push_back(*known(operand.get()));
        return draft_.call(node->fn, node->dtype, std::move(operands));
      }
      default:
        fail_internal("formula: a reduction is used outside the loops it depends on");
    }
  }

  int number(const Node& node) {
    int64_t bits = std::holds_alternative<int64_t>(node.constant)
                       ? std::get<int64_t>(node.constant)
                       : std::bit_cast<int64_t>(std::get<double>(node.constant));
    if (node.dtype == DType::kBool || stays_in_code(node)) {
      return draft_.constant(node.dtype, bits);
    }
    auto [found, fresh] = numbers_.try_emplace({node.dtype, bits}, 0);
    if (fresh) found->second = draft_.argument(node.dtype, memory_bits(node));
    return draft_.value(
        {.kind = Value::Kind::kArgument, .dtype = node.dtype, .number = found->second});
  }

  // Two extents that happen to be equal are two arguments: else they would make a class of their
  // own.
  int extent(const Node* node) {
    int argument = draft_.argument(DType::kInt64, problem_.value(node->extent));
    return draft_.value({.kind = Value::Kind::kArgument, .number = argument});
  }

  int load(const Node* node) {
    const AffineAccess& access = accesses_.at(node);
    int predicate = node->predicated ? *known(node->operands.back().get()) : -1;
    for (const auto& check : access.checks) {
      Operands operands{*known(check.index.get())};
      if (predicate >= 0) operands.push_back(predicate);
      predicate = draft_.value({.kind = Value::Kind::kCheck,
                                .dtype = DType::kBool,
                                .argument = draft_.argument(DType::kInt64, check.extent),
                                .operands = operands});
    }
    Access out = bind(access, node->input);
    for (const auto& term : access.indices) {
      out.terms.push_back({*known(term.index.get()), term.stride});
    }
    Operands operands;
    if (predicate >= 0) operands.push_back(predicate);
    return draft_.value({.kind = Value::Kind::kLoad,
                         .dtype = node->dtype,
                         .number = draft_.access(out),
                         .operands = operands});
  }

  // The affine part of an access in the loops that are open.
  Access bind(const AffineAccess& access, int buffer) const {
    Access out{
        buffer, problem_.buffers[static_cast<size_t>(buffer)].dtype, access.offset, {}, false};
    for (const auto& term : access.axes) {
      int loop = env_.at(term.axis);
      if (term.stride == 0 || loop == kSingle) continue;
      int index = draft_.loops[static_cast<size_t>(loop)].index;
      auto same = std::find_if(out.terms.begin(), out.terms.end(),
                               [&](const Access::Term& t) { return t.index == index; });
      if (same == out.terms.end())
        out.terms.push_back({index, term.stride});
      else
        same->stride += term.stride;
    }
    return out;
  }

  void store(const Target& target, int loop) {
    int value = lower(target.value);
    Access access = bind(analyze_target(target, problem_), target.buffer);
    access.chunked = group_.chunks > 1;
    int number = static_cast<int>(draft_.stores.size());
    draft_.stores.push_back({draft_.access(access), value});
    draft_.loops[static_cast<size_t>(loop)].items.push_back({Item::Kind::kStore, number});
  }

  const Problem& problem_;
  const Group& group_;
  std::vector<te::Expr> roots_;
  Analysis analysis_;
  Accesses accesses_;
  Draft draft_;
  std::unordered_map<int64_t, int> env_;                    // axis to loop
  std::vector<std::unordered_map<const Node*, int>> memo_;  // by loop
  std::map<std::pair<DType, int64_t>, int> numbers_;
};

}  // namespace

Draft build(const Problem& problem, const Group& group) { return Builder(problem, group).build(); }

}  // namespace mycel::codegen::schedule
