#include "mycel/passes/fusion/emit.h"

#include <algorithm>
#include <queue>
#include <unordered_set>

#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

// Orders groups so that each comes after those that it needs, and otherwise as near as possible to
// the position of its last member.
std::vector<size_t> order_groups(const FusionGraph& graph) {
  std::vector<std::vector<size_t>> after(graph.num_groups());
  std::vector<size_t> waits(graph.num_groups());
  auto add = [&](size_t from, size_t to) {
    if (from == to) return;
    after[from].push_back(to);
    ++waits[to];
  };
  for (size_t i = 0; i < graph.size(); ++i) {
    const FusionNode& node = graph.node(i);
    for (size_t user : node.users) add(node.group, graph.node(user).group);
  }
  using Entry = std::pair<size_t, size_t>;  // last position, group
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  for (size_t g = 0; g < graph.num_groups(); ++g) {
    bool alive = !graph.members(g).empty();
    if (alive && waits[g] == 0) ready.push({graph.last(g), g});
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    size_t group = ready.top().second;
    ready.pop();
    order.push_back(group);
    for (size_t next : after[group]) {
      if (--waits[next] == 0) ready.push({graph.last(next), next});
    }
  }
  return order;
}

// Builds the `fusion` of one group.
class Fusion {
 public:
  explicit Fusion(std::vector<ir::Operation*> members) : members_(std::move(members)) {
    for (const ir::Operation* op : members_) inside_.insert(op);
  }

  void emit() {
    ir::Region& region = *members_.front()->parent();
    ir::Function& function = region.function();
    find_ends();
    ir::Types types;
    for (const ir::Value* output : outputs_) types.push_back(output->type());
    ir::Operation* fusion = function.create(region, op_named("fusion"), inputs_, {},
                                            members_.back()->location(), members_.front(), &types);
    fill(function.add_region(*fusion, "body"));
    for (size_t i = 0; i < outputs_.size(); ++i) {
      fusion->result(i)->set_name(outputs_[i]->name());
      function.replace_uses(outputs_[i], fusion->result(i));
    }
    for (size_t i = members_.size(); i-- > 0;) function.erase(*members_[i]);
  }

 private:
  void find_ends() {
    std::unordered_set<const ir::Value*> seen{nullptr};
    for (const ir::Operation* op : members_) {
      for (ir::Value* operand : op->operands()) {
        bool made_here = operand && operand->producer() && inside_.count(operand->producer());
        if (!made_here && seen.insert(operand).second) inputs_.push_back(operand);
      }
      for (ir::Value* result : op->results()) {
        bool leaves = std::any_of(result->uses().begin(), result->uses().end(),
                                  [&](auto& use) { return !use.user || !inside_.count(use.user); });
        if (leaves) outputs_.push_back(result);
      }
    }
  }

  void fill(ir::Region& body) {
    ir::ValueMap map;
    for (ir::Value* input : inputs_) {
      if (map.size() <= input->id()) map.resize(input->id() + 1);
      map[input->id()] = body.add_argument(input->type(), input->name());
    }
    for (const ir::Operation* op : members_) ir::clone_operation(*op, body, nullptr, map);
    std::vector<ir::Value*> results;
    for (ir::Value* output : outputs_) results.push_back(ir::mapped(map, output));
    body.set_results(std::move(results));
  }

  std::vector<ir::Operation*> members_;
  std::unordered_set<const ir::Operation*> inside_;
  std::vector<ir::Value*> inputs_, outputs_;
};

}  // namespace

void emit_fusions(ir::Region& region, const FusionGraph& graph) {
  std::vector<std::vector<ir::Operation*>> groups;
  for (size_t group : order_groups(graph)) {
    std::vector<size_t> members = graph.members(group);
    std::sort(members.begin(), members.end());
    std::vector<ir::Operation*>& ops = groups.emplace_back();
    for (size_t member : members) ops.push_back(graph.node(member).op);
    for (ir::Operation* op : ops) region.function().move_to_end(*op, region);
  }
  for (std::vector<ir::Operation*>& group : groups) {
    if (group.size() > 1) Fusion(std::move(group)).emit();
  }
}

}  // namespace mycel::passes
