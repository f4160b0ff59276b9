#include "mycel/codegen/partition/repeated.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "mycel/te/node_table.h"

namespace mycel::codegen::schedule {
namespace {

using te::Expr;
using te::Node;

// A reduction or scan in a group.
struct Occurrence {
  const Node* node;
  const Group* group;
  std::vector<te::Axis> axes;  // the free ones, in the order of their first use
};

// Rewrites values over canonical axes, so that equal values at different indices are one node.
class Canonical {
 public:
  explicit Canonical(const ScheduleInput& problem) : problem_(problem) {}

  // Sets `axes` to those that the value uses, without extents of 1, in order of their first use.
  Expr value(const Node* node, std::vector<te::Axis>& axes) {
    Expr root(node);
    std::unordered_map<int64_t, te::Axis> renamed;
    for (const Node* inner : te::post_order({&root, 1})) {
      for (const te::Axis& axis : inner->axes) {
        if (problem_.value(axis.extent) == 1 || renamed.count(axis.id)) continue;
        renamed.emplace(axis.id, own(renamed.size(), problem_.value(axis.extent)));
        axes.push_back(axis);
      }
    }
    te::Rewriter rewriter(table_, [&](const Node& inner, const std::vector<Expr>& operands) {
      return rename(inner, operands, renamed);
    });
    return rewriter.run(root);
  }

 private:
  // The canonical axis in place of the `number`-th axis used.
  te::Axis own(size_t number, int64_t extent) {
    return own_.try_emplace({number, extent}, te::axis(extent)).first->second;
  }

  static Expr rename(const Node& node, const std::vector<Expr>& operands,
                     const std::unordered_map<int64_t, te::Axis>& renamed) {
    if (node.axes.empty()) return {};
    std::vector<te::Axis> axes;
    for (const te::Axis& axis : node.axes) {
      auto found = renamed.find(axis.id);
      if (found != renamed.end()) axes.push_back(found->second);
    }
    if (node.kind == te::Kind::kAxis && axes.empty()) return te::constant(DType::kInt64, 0);
    return te::with(node, operands, std::move(axes));
  }

  const ScheduleInput& problem_;
  te::NodeTable table_;
  std::map<std::pair<size_t, int64_t>, te::Axis> own_;
};

class Repeated {
 public:
  Repeated(const ScheduleInput& problem, const std::vector<Group>& groups)
      : problem_(problem), groups_(groups), canonical_(problem) {
    for (const Group& group : groups) collect(group);
  }

  // The innermost value that occurs in several groups or at several indices.
  std::optional<StageSplit> between_groups() const {
    for (const std::vector<Occurrence>& all : values_) {
      if (all.size() > 1) return cut_of(all);
    }
    return std::nullopt;
  }

  // The innermost value that is read both by what `cut` takes out and by what it leaves.
  std::optional<StageSplit> around(const StageSplit& cut) const {
    std::unordered_set<const Node*> taken(cut.nodes.begin(), cut.nodes.end()), inside, left;
    for (const Node* node : cut.nodes) collect_below(node->operands, {}, inside);
    for (const Group& group : groups_) collect_below(group.values(), taken, left);
    for (const std::vector<Occurrence>& all : values_) {
      const Node* node = all[0].node;
      if (inside.count(node) && left.count(node) && !taken.count(node)) return cut_of(all);
    }
    return std::nullopt;
  }

 private:
  void collect(const Group& group) {
    std::vector<Expr> values = group.values();
    Analysis analysis(values);
    for (const Node* node : analysis.order()) {
      if (!has_loops(*node)) continue;
      Occurrence occurrence{node, &group, {}};
      Expr key = canonical_.value(node, occurrence.axes);
      std::erase_if(occurrence.axes,
                    [&](const te::Axis& axis) { return !contains(analysis.free(node), axis.id); });
      auto [found, fresh] = number_.try_emplace(key.get(), values_.size());
      if (fresh) values_.emplace_back();
      values_[found->second].push_back(std::move(occurrence));
    }
  }

  // Collects what the roots reach without passing through `taken`.
  static void collect_below(const std::vector<Expr>& roots,
                            const std::unordered_set<const Node*>& taken,
                            std::unordered_set<const Node*>& out) {
    std::vector<const Node*> work;
    auto add = [&](const std::vector<Expr>& exprs) {
      for (const Expr& expr : exprs) {
        if (!taken.count(expr.get()) && out.insert(expr.get()).second) work.push_back(expr.get());
      }
    };
    add(roots);
    while (!work.empty()) {
      const Node* node = work.back();
      work.pop_back();
      add(node->operands);
    }
  }

  // One array for all occurrences, laid out for the first.
  StageSplit cut_of(const std::vector<Occurrence>& all) const {
    GroupFacts facts(problem_, *all[0].group);
    StageSplit cut{StageSplit::Kind::kShared, {}, facts.ordered(facts.free(all[0].node))};
    for (const Occurrence& occurrence : all) {
      std::vector<te::Axis> at;
      for (const te::Axis& axis : cut.axes) {
        auto place = std::find(all[0].axes.begin(), all[0].axes.end(), axis);
        at.push_back(occurrence.axes[static_cast<size_t>(place - all[0].axes.begin())]);
      }
      cut.nodes.push_back(occurrence.node);
      cut.at.push_back(std::move(at));
    }
    return cut;
  }

  const ScheduleInput& problem_;
  const std::vector<Group>& groups_;
  Canonical canonical_;
  std::map<const Node*, size_t> number_;
  std::vector<std::vector<Occurrence>> values_;  // equal ones together; operands come first
};

bool has_several(const std::vector<Group>& groups) {
  int count = 0;
  for (const Group& group : groups) {
    for (const Node* node : te::post_order(group.values())) count += has_loops(*node);
  }
  return count > 1;
}

}  // namespace

std::optional<StageSplit> cut_repeated(const ScheduleInput& problem,
                                       const std::vector<Group>& groups,
                                       const std::optional<StageSplit>& cut) {
  if (!has_several(groups)) return std::nullopt;
  Repeated repeated(problem, groups);
  if (std::optional<StageSplit> between = repeated.between_groups()) return between;
  return cut ? repeated.around(*cut) : std::nullopt;
}

}  // namespace mycel::codegen::schedule
