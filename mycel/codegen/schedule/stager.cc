#include "mycel/codegen/schedule/stager.h"

#include <algorithm>

namespace mycel::codegen::schedule {
namespace {

using te::Kind;
using te::Node;

// Elements of work from which threads, or a pass of its own, pay.
constexpr int64_t kLarge = 1 << 15;
// Bytes that a column of blocks may have to be walked several times in cache.
constexpr int64_t kCache = 1 << 18;
constexpr int64_t kLine = 64;

class Stager {
 public:
  Stager(const Problem& problem, const Group& group)
      : problem_(problem),
        group_(group),
        values_(values_of(group)),
        analysis_(values_),
        accesses_(analyze_loads(analysis_, problem)) {
    for (const Target& target : group.targets) {
      for (const te::Axis& axis : target.axes) axes_[axis.id] = axis;
    }
    for (const Node* node : analysis_.order()) {
      if (loops(node)) reductions_.push_back(node);
      for (const te::Axis& axis : node->axes) axes_[axis.id] = axis;
    }
    parallel_ = counted(ids(group.targets[0].axes));
  }

  std::optional<Cut> find() const {
    if (group_.chunks > 1) return std::nullopt;
    for (const Node* node : reductions_) {
      std::optional<Cut> cut = node->kind == Kind::kScan ? cut_scan(node) : cut_reduction(node);
      if (cut) return cut;
    }
    return std::nullopt;
  }

 private:
  static std::vector<te::Expr> values_of(const Group& group) {
    std::vector<te::Expr> values;
    for (const Target& target : group.targets) values.push_back(target.value);
    return values;
  }

  static bool loops(const Node* node) {
    return node->kind == Kind::kReduce || node->kind == Kind::kScan;
  }

  int64_t extent(int64_t axis) const { return problem_.value(axes_.at(axis).extent); }

  // Without axes of extent 1, which have no loops.
  AxisIds counted(const AxisIds& axes) const {
    AxisIds out;
    for (int64_t id : axes) {
      if (extent(id) != 1) out.push_back(id);
    }
    return out;
  }
  AxisIds free(const Node* node) const { return counted(analysis_.free(node)); }

  int64_t size(const AxisIds& axes) const {
    int64_t size = 1;
    for (int64_t id : axes) size *= extent(id);
    return size;
  }

  // In the order of the output's axes, then of their making.
  std::vector<te::Axis> ordered(const AxisIds& axes) const {
    std::vector<te::Axis> out;
    for (const te::Axis& axis : group_.targets[0].axes) {
      if (contains(axes, axis.id)) out.push_back(axis);
    }
    for (int64_t id : axes) {
      if (!contains(parallel_, id)) out.push_back(axes_.at(id));
    }
    return out;
  }

  // --- scans ---

  std::optional<Cut> cut_scan(const Node* node) const {
    const te::Axis* along = sequential_axis(*node, group_, analysis_);
    if (along &&
        (extent(along->id) == 1 || (is_only_scan_axis(*along) && runs_inside(node, *along))))
      return std::nullopt;
    AxisIds rest = free(node->operands[0].get());
    std::erase(rest, node->axes[0].id);
    return Cut{Cut::Kind::kScan, {node}, ordered(rest), 1};
  }

  bool is_only_scan_axis(const te::Axis& axis) const {
    return std::all_of(reductions_.begin(), reductions_.end(), [&](const Node* other) {
      if (other->kind != Kind::kScan) return true;
      const te::Axis* along = sequential_axis(*other, group_, analysis_);
      return !along || *along == axis;
    });
  }

  // Whether the loop that the scan runs along can lie inside of all that its body depends on:
  // nothing else wants that loop outside of these.
  bool runs_inside(const Node* scan, const te::Axis& along) const {
    AxisIds outside = free(scan->operands[0].get());
    std::erase(outside, scan->axes[0].id);
    auto agrees = [&](const AxisIds& set) {
      return !contains(set, along.id) || is_subset(outside, set);
    };
    for (const Node* other : reductions_) {
      if (is_subset(free(other), parallel_) && !agrees(free(other))) return false;
    }
    return std::all_of(group_.targets.begin(), group_.targets.end(),
                       [&](const Target& target) { return agrees(counted(ids(target.axes))); });
  }

  // --- reductions ---

  std::optional<Cut> cut_reduction(const Node* node) const {
    AxisIds own = free(node);
    if (!is_subset(own, parallel_)) return cut_inner(node, own);
    if (conflicts(node, own)) return cut_values(own);
    if (work(node) < kLarge) return std::nullopt;
    if (own == parallel_) return cut_chunks(node, own);
    bool few = size(own) < problem_.machine.threads && size(parallel_) > size(own);
    return few || crosses_memory(own) ? cut_values(own) : std::nullopt;
  }

  // Inside another reduction that runs for axes on which this one does not depend.
  std::optional<Cut> cut_inner(const Node* node, const AxisIds& own) const {
    for (const Node* outer : reductions_) {
      if (!std::any_of(outer->axes.begin(), outer->axes.end(),
                       [&](const te::Axis& axis) { return contains(own, axis.id); })) {
        continue;
      }
      if (!is_subset(free(outer), own)) return Cut{Cut::Kind::kValues, {node}, ordered(own), 1};
    }
    return std::nullopt;
  }

  bool conflicts(const Node* node, const AxisIds& own) const {
    auto comparable = [&](const AxisIds& set) {
      return is_subset(set, own) || is_subset(own, set);
    };
    for (const Node* other : reductions_) {
      if (other == node) break;
      AxisIds set = free(other);
      if (is_subset(set, parallel_) && !comparable(set)) return true;
    }
    return !std::all_of(group_.targets.begin(), group_.targets.end(), [&](const Target& target) {
      return comparable(counted(ids(target.axes)));
    });
  }

  // How many elements the reduction visits.
  int64_t work(const Node* node) const {
    AxisIds all = free(node);
    for (const Node* inner : te::post_order(node->operands)) {
      if (inner->kind == Kind::kReduce && !is_subset(free(inner), parallel_)) {
        for (const te::Axis& axis : inner->axes) all.push_back(axis.id);
      }
    }
    for (const te::Axis& axis : node->axes) all.push_back(axis.id);
    return size(all);
  }

  // Whether what follows each other in the output's memory belongs to different results, and all
  // that belongs to one line of them is more than fits in cache.
  bool crosses_memory(const AxisIds& own) const {
    AffineAccess output = analyze_target(group_.targets[0], problem_);
    bool unit = std::any_of(own.begin(), own.end(),
                            [&](int64_t id) { return std::abs(output.stride_of(id)) == 1; });
    return unit && size(parallel_) / std::max<int64_t>(1, size(own)) * kLine > kCache;
  }

  // The largest parts of the formulas that depend on reductions and on no other axes than `own`.
  std::optional<Cut> cut_values(const AxisIds& own) const {
    std::vector<const Node*> nodes;
    auto inside = [&](const Node* node) {
      return analysis_.rank(node) > 0 && is_subset(free(node), own);
    };
    auto add = [&](const Node* node) {
      if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
    };
    for (const Node* node : analysis_.order()) {
      if (is_subset(free(node), own)) continue;
      for (const te::Expr& operand : node->operands) {
        if (inside(operand.get())) add(operand.get());
      }
    }
    // Used by a target over more axes than it depends on.
    for (const Target& target : group_.targets) {
      bool wider = !is_subset(counted(ids(target.axes)), own);
      if (wider && inside(target.value.get())) add(target.value.get());
    }
    if (nodes.empty()) return std::nullopt;
    return Cut{Cut::Kind::kValues, std::move(nodes), ordered(own), 1};
  }

  // --- chunks ---

  std::optional<Cut> cut_chunks(const Node* node, const AxisIds& own) const {
    int chunks = wanted_chunks(node, own);
    if (chunks < 2) return std::nullopt;
    // What the loops need first must be there first: a chunk runs one nest of loops.
    for (const Node* inner : te::post_order(node->operands)) {
      if (loops(inner) && is_subset(free(inner), parallel_)) {
        return Cut{Cut::Kind::kValues, {inner}, ordered(free(inner)), 1};
      }
    }
    Cut cut{Cut::Kind::kChunks, {}, ordered(own), chunks};
    for (const Node* other : reductions_) {
      if (other->kind == Kind::kReduce && free(other) == own && shares_loops(node, other)) {
        cut.nodes.push_back(other);
      }
    }
    return cut;
  }

  // As Builder merges reductions.
  bool shares_loops(const Node* a, const Node* b) const {
    return analysis_.rank(a) == analysis_.rank(b) && a->operands.size() == b->operands.size() &&
           extents(a) == extents(b);
  }

  std::vector<int64_t> extents(const Node* node) const {
    std::vector<int64_t> out;
    for (size_t i : order_reduced(problem_, *node, accesses_)) {
      out.push_back(problem_.value(node->axes[i].extent));
    }
    return out;
  }

  // Enough for every thread, if the elements of the result are not.
  int wanted_chunks(const Node* node, const AxisIds& own) const {
    constexpr int64_t kTile = 64;  // elements of the result that a thread computes side by side
    int64_t tiles = reads_along(node, own) ? (size(own) + kTile - 1) / kTile : size(own);
    int64_t threads = problem_.machine.threads;
    if (tiles >= threads) return 1;
    std::vector<int64_t> outer = extents(node);
    if (outer.empty()) return 1;
    return static_cast<int>(
        std::min((threads + tiles - 1) / std::max<int64_t>(tiles, 1), outer[0]));
  }

  // Whether neighbours in what is read belong to neighbours in the result.
  bool reads_along(const Node* node, const AxisIds& own) const {
    for (const Node* inner : te::post_order(node->operands)) {
      if (inner->kind != Kind::kLoad) continue;
      for (int64_t id : own) {
        if (accesses_.at(inner).stride_of(id) == 1) return true;
      }
    }
    return false;
  }

  const Problem& problem_;
  const Group& group_;
  std::vector<te::Expr> values_;
  Analysis analysis_;
  Accesses accesses_;
  std::unordered_map<int64_t, te::Axis> axes_;
  std::vector<const Node*> reductions_;  // and scans, operands first
  AxisIds parallel_;
};

}  // namespace

std::optional<Cut> find_cut(const Problem& problem, const Group& group) {
  return Stager(problem, group).find();
}

te::Expr replace(const te::Expr& expr, const Replacements& replacements) {
  std::unordered_map<const te::Node*, te::Expr> done;
  for (const te::Node* node : te::post_order({&expr, 1})) {
    auto found = replacements.find(node);
    if (found != replacements.end()) {
      done.emplace(node, found->second);
      continue;
    }
    std::vector<te::Expr> operands;
    for (const te::Expr& operand : node->operands) operands.push_back(done.at(operand.get()));
    done.emplace(node, operands == node->operands ? te::Expr(node)
                                                  : te::with_operands(*node, std::move(operands)));
  }
  return done.at(expr.get());
}

}  // namespace mycel::codegen::schedule
