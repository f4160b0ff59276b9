// Groups operations into `fusion` operations: producers with their users, then small updates.
// rules.cc decides whether a group is allowed.
#include <algorithm>
#include <optional>

#include "mycel/base/settings.h"
#include "mycel/passes/fusion/emit.h"
#include "mycel/passes/fusion/explain.h"
#include "mycel/passes/fusion/graph.h"
#include "mycel/passes/fusion/rematerialize.h"
#include "mycel/passes/fusion/rules.h"
#include "mycel/passes/passes.h"

namespace mycel::passes {
namespace {

class Fuser {
 public:
  Fuser(FusionGraph& graph, const PassContext& context)
      : graph_(graph),
        rules_(graph, few_bytes(context.target)),
        context_(context),
        explains_(context.fusion_reasons || logs("fusion")),
        reasons_(graph) {}

  // Walks from the last operation to the first, so that a producer sees the groups of its users.
  void join_producers() {
    for (size_t i = graph_.size(); i-- > 0;) {
      if (graph_.node(i).facts()) join_users(i);
    }
  }

  // Merges small groups whose results have no users in the region, such as the updates of an
  // optimiser's parameters: they do not depend on each other.
  void join_updates() {
    std::vector<size_t> joined;
    size_t operations = 0;
    for (size_t g = 0; g < graph_.num_groups(); ++g) {
      if (!is_small_update(g)) continue;
      size_t size = graph_.members(g).size();
      if (operations + size > kUpdateFactor * static_cast<size_t>(context_.max_group_operations)) {
        flush(joined, operations);
      }
      joined.push_back(g);
      operations += size;
    }
    flush(joined, operations);
  }

  // Says why neighbours are apart, once the groups are final.
  void explain() const {
    if (!explains_) return;
    for (const std::string& line : reasons_.lines()) {
      log("fusion", line);
      if (context_.fusion_reasons) context_.fusion_reasons->push_back(line);
    }
  }

 private:
  static constexpr size_t kFewUsers = 8;
  // All updates of a kind share their code, so many of them do not make a large kernel.
  static constexpr size_t kUpdateFactor = 4;
  // Above this, starting a kernel costs little compared with running it, and joining would keep all
  // that the updates read alive until the last of them is ready.
  static constexpr int64_t kSmallBytes = 1 << 20;

  static int64_t few_bytes(const ir::Target* target) {
    constexpr int64_t kUnknownTarget = 1 << 14;
    return target ? static_cast<int64_t>(target->launch_seconds() * target->bytes_per_second())
                  : kUnknownTarget;
  }

  void join_users(size_t node) {
    std::vector<size_t> users = graph_.user_groups(node);
    std::erase_if(users, [&](size_t group) {
      return group == graph_.node(node).group || !graph_.node(graph_.last(group)).facts();
    });
    if (users.size() > 1 && users.size() <= kFewUsers) {
      std::vector<size_t> all = users;
      all.push_back(graph_.node(node).group);
      if (!fails_to_join(all)) return;
    }
    for (size_t group : users) {
      size_t other = graph_.node(node).group;
      if (graph_.members(group).empty() || group == other) continue;
      std::optional<FusionDecline> why = fails_to_join({other, group});
      if (why && explains_) reasons_.note(node, group, *why);
    }
  }

  // Merges the groups unless there is a reason against it.
  std::optional<FusionDecline> fails_to_join(const std::vector<size_t>& groups) {
    std::vector<size_t> members;
    for (size_t group : groups) {
      const std::vector<size_t>& more = graph_.members(group);
      members.insert(members.end(), more.begin(), more.end());
      if (members.size() > static_cast<size_t>(context_.max_group_operations)) {
        return FusionDecline{FusionReason::kManyOperations};
      }
    }
    if (auto why = rules_.declines(std::move(members))) return why;
    if (graph_.makes_cycle(groups)) return FusionDecline{FusionReason::kCycle};
    graph_.merge(groups);
    return std::nullopt;
  }

  // An operation that may raise is not an update: it must run before any parameter is overwritten.
  bool is_small_update(size_t group) const {
    const std::vector<size_t>& members = graph_.members(group);
    return !members.empty() && std::all_of(members.begin(), members.end(), [&](size_t member) {
      const FusionNode& node = graph_.node(member);
      const FusionFacts* facts = node.facts();
      if (!facts || facts->work.raises) return false;
      if (facts->costs_nothing && (node.yielded || node.users.empty())) return false;
      return is_small(*node.op) &&
             std::all_of(node.users.begin(), node.users.end(),
                         [&](size_t user) { return graph_.node(user).group == group; });
    });
  }

  static bool is_small(const ir::Operation& op) {
    auto small = [](const ir::Value* value) { return !value || bytes_of(*value) <= kSmallBytes; };
    return std::all_of(op.operands().begin(), op.operands().end(), small) &&
           std::all_of(op.results().begin(), op.results().end(), small);
  }

  void flush(std::vector<size_t>& groups, size_t& operations) {
    if (groups.size() > 1) graph_.merge(groups);
    groups.clear();
    operations = 0;
  }

  FusionGraph& graph_;
  FusionRules rules_;
  const PassContext& context_;
  const bool explains_;  // whether the reasons are read
  FusionReasons reasons_;
};

// Recursion goes as deep as regions are nested, which add_region bounds.
void fuse_region(ir::Region& region, const PassContext& context) {
  for (ir::Operation* op = region.first(); op; op = op->next()) {
    for (size_t i = 0; i < op->num_regions() && !op->is("fusion"); ++i) {
      fuse_region(op->region(i), context);
    }
  }
  copy_for_readers(region);
  FusionGraph graph(region);
  Fuser fuser(graph, context);
  fuser.join_producers();
  fuser.join_updates();
  fuser.explain();
  emit_fusions(region, graph);
}

}  // namespace

void fuse(ir::Function& function, const PassContext& context) {
  fuse_region(function.body(), context);
  // Merges copies that joined no group, or the same group.
  eliminate_common_subexpressions(function, context);
}

}  // namespace mycel::passes
