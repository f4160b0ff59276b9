#include "mycel/codegen/partition/partition.h"

#include <algorithm>
#include <unordered_map>

#include "mycel/codegen/partition/groups.h"
#include "mycel/codegen/partition/repeated.h"
#include "mycel/codegen/partition/split_stage.h"
#include "mycel/te/node_table.h"

namespace mycel::codegen::schedule {
namespace {

using te::Node;

// The expressions that replace nodes computed in earlier stages.
using Replacements = std::unordered_map<const Node*, te::Expr>;

class Partition {
 public:
  explicit Partition(ScheduleInput& problem)
      : problem_(problem), ready_(problem.buffers.size(), 0) {}

  // Splits until every group is one nest, then assigns the groups to stages.
  void place(std::vector<Target> targets) {
    while (std::optional<StageSplit> cut = first_cut(targets)) apply(*cut, targets);
    for (Group& group : make_groups(std::move(targets))) place_group(std::move(group));
  }

  std::vector<Stage> take() { return std::move(stages_); }

 private:
  std::optional<StageSplit> first_cut(const std::vector<Target>& targets) const {
    std::vector<Group> groups = make_groups(targets);
    std::optional<StageSplit> cut;
    for (size_t i = 0; i < groups.size() && !cut; ++i) cut = find_stage_split(problem_, groups[i]);
    std::optional<StageSplit> repeated = cut_repeated(problem_, groups, cut);
    return repeated ? repeated : cut;
  }

  void apply(const StageSplit& cut, std::vector<Target>& targets) {
    // Keeps the nodes alive: the formulas that own them may be removed from `targets`.
    std::vector<te::Expr> kept;
    for (const Target& target : targets) kept.push_back(target.value);
    Replacements replacements;
    switch (cut.kind) {
      case StageSplit::Kind::kValues:
        cut_values(cut, targets, replacements);
        break;
      case StageSplit::Kind::kShared:
        cut_shared(cut, targets, replacements);
        break;
      case StageSplit::Kind::kScan:
        split_stage_scan(cut, replacements);
        break;
      case StageSplit::Kind::kChunks:
        split_stage_chunks(cut, replacements);
        break;
    }
    // One rewriter for all targets, so that shared nodes stay shared.
    te::NodeTable table;
    te::Rewriter rewriter(table, [&](const Node& node, const std::vector<te::Expr>&) {
      auto found = replacements.find(&node);
      return found == replacements.end() ? te::Expr() : found->second;
    });
    for (Target& target : targets) target.value = rewriter.run(target.value);
  }

  int add_temporary(DType dtype, const std::vector<te::Axis>& axes, int chunks = 1) {
    Shape shape;
    if (chunks > 1) shape.push_back(chunks);
    for (const te::Axis& axis : axes) shape.push_back(problem_.value(axis.extent));
    problem_.buffers.push_back({dtype, shape, row_major(shape), true, problem_.scratch_bytes});
    int64_t bytes = num_elements(shape) * byte_size(dtype);
    problem_.scratch_bytes += (bytes + 63) / 64 * 64;
    ready_.push_back(0);
    return static_cast<int>(problem_.buffers.size()) - 1;
  }

  // An output with exactly this value serves as the array; it is removed from `targets`.
  std::optional<Target> take_output(const Node* node, const std::vector<te::Axis>& axes,
                                    std::vector<Target>& targets) {
    for (size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].value.get() != node || ids(targets[i].axes) != ids(axes)) continue;
      Target target = std::move(targets[i]);
      targets.erase(targets.begin() + static_cast<int64_t>(i));
      return target;
    }
    return std::nullopt;
  }

  void cut_values(const StageSplit& cut, std::vector<Target>& targets, Replacements& replacements) {
    std::vector<Target> before;
    for (const Node* node : cut.nodes) {
      std::optional<Target> output = take_output(node, cut.axes, targets);
      if (!output) output = Target{add_temporary(node->dtype, cut.axes), cut.axes, te::Expr(node)};
      replacements[node] = te::load(output->buffer, node->dtype, indices(output->axes));
      before.push_back(*std::move(output));
    }
    place(std::move(before));
  }

  void cut_shared(const StageSplit& cut, std::vector<Target>& targets, Replacements& replacements) {
    std::optional<Target> array;
    size_t own = 0;  // the node at the array's axes
    for (size_t i = 0; i < cut.nodes.size() && !array; ++i) {
      array = take_output(cut.nodes[i], cut.at[i], targets);
      if (array) own = i;
    }
    if (!array) {
      int buffer = add_temporary(cut.nodes[0]->dtype, cut.axes);
      array = Target{buffer, cut.axes, te::Expr(cut.nodes[0])};
    }
    for (size_t i = 0; i < cut.nodes.size(); ++i) {
      std::vector<te::Expr> at;
      for (const te::Axis& axis : array->axes) {
        auto place = std::find(cut.at[own].begin(), cut.at[own].end(), axis);
        at.push_back(te::index(cut.at[i][static_cast<size_t>(place - cut.at[own].begin())]));
      }
      replacements[cut.nodes[i]] = te::load(array->buffer, cut.nodes[i]->dtype, std::move(at));
    }
    place({*std::move(array)});
  }

  // Computes all prefixes, over the axes that the body depends on and one along the scan.
  void split_stage_scan(const StageSplit& cut, Replacements& replacements) {
    const Node* scan = cut.nodes[0];
    te::Axis along = te::axis(scan->axes[0].extent);
    std::vector<te::Axis> axes = cut.axes;
    axes.push_back(along);
    int buffer = add_temporary(scan->dtype, axes);
    std::vector<te::Expr> at = indices(cut.axes);
    at.push_back(scan->operands[1]);
    replacements[scan] = te::load(buffer, scan->dtype, std::move(at));
    place({{buffer, axes,
            te::scan(scan->reducer, scan->axes[0], scan->operands[0], te::index(along))}});
  }

  // Computes each reduction in parts, which the formulas then combine in order.
  void split_stage_chunks(const StageSplit& cut, Replacements& replacements) {
    Group group;
    group.chunks = cut.chunks;
    te::Axis chunk = te::axis(cut.chunks);
    std::vector<te::Expr> at = indices(cut.axes);
    at.insert(at.begin(), te::index(chunk));
    for (const Node* node : cut.nodes) {
      std::vector<te::Expr> parts;
      for (size_t result = 0; result < node->operands.size(); ++result) {
        DType dtype = node->operands[result]->dtype;
        int buffer = add_temporary(dtype, cut.axes, cut.chunks);
        group.targets.push_back({buffer, cut.axes, part(*node, static_cast<int>(result))});
        parts.push_back(te::load(buffer, dtype, at));
      }
      replacements[node] = parts.size() == 1 ? te::reduce(node->reducer, {chunk}, parts[0])
                                             : te::arg_reduce(node->reducer, {chunk}, parts[0],
                                                              parts[1], node->result);
    }
    place_group(std::move(group));
  }

  static te::Expr part(const Node& node, int result) {
    if (node.operands.size() == 1) return te::Expr(&node);
    return te::arg_reduce(node.reducer, node.axes, node.operands[0], node.operands[1], result);
  }

  // Adds the group to the stage after the last one that it reads from.
  void place_group(Group group) {
    size_t stage = 0;
    for (const Node* node : te::post_order(group.values())) {
      if (node->kind == te::Kind::kLoad) {
        stage = std::max(stage, ready_[static_cast<size_t>(node->input)]);
      }
    }
    for (const Target& target : group.targets) {
      ready_[static_cast<size_t>(target.buffer)] = stage + 1;
    }
    if (stages_.size() <= stage) stages_.resize(stage + 1);
    stages_[stage].push_back(std::move(group));
  }

  ScheduleInput& problem_;
  std::vector<size_t> ready_;  // by buffer: the first stage that may read it
  std::vector<Stage> stages_;
};

}  // namespace

std::vector<Stage> partition(ScheduleInput& problem, const te::Computation& computation) {
  te::NodeTable table;  // unifies equal nodes of the outputs
  std::vector<Target> targets;
  size_t first = problem.buffers.size() - computation.outputs.size();
  for (size_t i = 0; i < computation.outputs.size(); ++i) {
    const te::Output& output = computation.outputs[i];
    targets.push_back({static_cast<int>(first + i), output.axes, table.unify(output.value)});
  }
  Partition partition(problem);
  partition.place(std::move(targets));
  return partition.take();
}

}  // namespace mycel::codegen::schedule
