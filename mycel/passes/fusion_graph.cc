#include "mycel/passes/fusion_graph.h"

#include <algorithm>

namespace mycel::passes {

FusionGraph::FusionGraph(const ir::Region& region) {
  Schedule schedule(region);
  nodes_.resize(schedule.size());
  for (size_t i = 0; i < schedule.size(); ++i) {
    FusionNode& node = nodes_[i];
    int position = static_cast<int>(i);
    node.op = &schedule.at(i);
    node.facts = fusion_facts(*node.op);
    node.group = position;
    groups_.push_back({{position}, position, position});
    for (const ir::Value* operand : node.op->operands()) {
      node.producers.push_back(operand ? schedule.position(operand->producer()) : -1);
    }
    for (const ir::Value* result : node.op->results()) {
      for (const ir::Use& use : result->uses()) {
        int user = schedule.position(use);
        if (user == static_cast<int>(schedule.size())) {
          node.yielded = true;
        } else {
          node.users.push_back(user);
        }
      }
    }
    std::sort(node.users.begin(), node.users.end());
    node.users.erase(std::unique(node.users.begin(), node.users.end()), node.users.end());
  }
  met_.assign(groups_.size(), 0);
}

std::vector<int> FusionGraph::user_groups(int node) const {
  std::vector<int> groups;
  for (int user : nodes_[static_cast<size_t>(node)].users) {
    groups.push_back(nodes_[static_cast<size_t>(user)].group);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

bool FusionGraph::makes_cycle(std::span<const int> groups) const {
  constexpr int kMostVisited = 1024;
  int last = -1, visited = 0, search = ++search_;
  for (int group : groups) last = std::max(last, groups_[static_cast<size_t>(group)].last);
  auto inside = [&](int group) {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  };
  std::vector<int> todo;
  // Groups that begin after the last member cannot lead back.
  auto meet_users = [&](int group) {
    for (int member : groups_[static_cast<size_t>(group)].members) {
      for (int user : nodes_[static_cast<size_t>(member)].users) {
        int next = nodes_[static_cast<size_t>(user)].group;
        if (met_[static_cast<size_t>(next)] == search || inside(next)) continue;
        met_[static_cast<size_t>(next)] = search;
        if (groups_[static_cast<size_t>(next)].first < last) todo.push_back(next);
      }
    }
  };
  for (int group : groups) meet_users(group);
  while (!todo.empty()) {
    int group = todo.back();
    todo.pop_back();
    if (++visited > kMostVisited) return true;
    for (int member : groups_[static_cast<size_t>(group)].members) {
      for (int user : nodes_[static_cast<size_t>(member)].users) {
        if (inside(nodes_[static_cast<size_t>(user)].group)) return true;
      }
    }
    meet_users(group);
  }
  return false;
}

int FusionGraph::merge(std::span<const int> groups) {
  int target = *std::max_element(groups.begin(), groups.end(), [this](int a, int b) {
    return members(a).size() < members(b).size();
  });
  Group& to = groups_[static_cast<size_t>(target)];
  for (int group : groups) {
    if (group == target) continue;
    Group& from = groups_[static_cast<size_t>(group)];
    for (int member : from.members) nodes_[static_cast<size_t>(member)].group = target;
    to.members.insert(to.members.end(), from.members.begin(), from.members.end());
    to.first = std::min(to.first, from.first);
    to.last = std::max(to.last, from.last);
    from.members.clear();
  }
  return target;
}

}  // namespace mycel::passes
