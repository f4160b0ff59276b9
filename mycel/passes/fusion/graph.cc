#include "mycel/passes/fusion/graph.h"

#include <algorithm>

namespace mycel::passes {

FusionGraph::FusionGraph(const ir::Region& region) {
  Schedule schedule(region);
  nodes_.resize(schedule.size());
  for (size_t i = 0; i < schedule.size(); ++i) {
    FusionNode& node = nodes_[i];
    node.op = &schedule.at(i);
    node.facts_or_reason = fusion_facts(*node.op);
    node.group = i;
    groups_.push_back({{i}, i, i});
    for (const ir::Value* operand : node.op->operands()) {
      int position = operand ? schedule.position(operand->producer()) : -1;
      node.producers.push_back(position < 0 ? kNoNode : static_cast<size_t>(position));
    }
    for (const ir::Value* result : node.op->results()) {
      for (const ir::Use& use : result->uses()) {
        auto user = static_cast<size_t>(schedule.position(use));
        if (user == schedule.size()) {
          node.yielded = true;
        } else {
          node.users.push_back(user);
        }
      }
    }
    std::sort(node.users.begin(), node.users.end());
    node.users.erase(std::unique(node.users.begin(), node.users.end()), node.users.end());
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (size_t user : nodes_[i].users) nodes_[user].sources.push_back(i);
  }
  met_forwards_.assign(groups_.size(), 0);
  met_backwards_ = met_forwards_;
}

std::vector<size_t> FusionGraph::user_groups(size_t node) const {
  std::vector<size_t> groups;
  for (size_t user : nodes_[node].users) groups.push_back(nodes_[user].group);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

// Walks from some groups to all that depend on them, or to all that they depend on, as far as the
// order of groups allows a path back to one of them.
class FusionGraph::Walk {
 public:
  Walk(const FusionGraph& graph, std::span<const size_t> from, bool forwards)
      : graph_(graph), from_(from), forwards_(forwards), number_(++graph.walks_) {
    for (size_t group : from) {
      size_t order = graph.groups_[group].order;
      bound_ = group == from[0] ? order
               : forwards       ? std::max(bound_, order)
                                : std::min(bound_, order);
    }
    for (size_t group : from) expand(group);
  }

  bool is_over() const { return next_ == met_.size(); }
  // The groups that were met.
  std::vector<size_t>& met() { return met_; }
  // Expands one more group; returns whether it leads to one that the other walk met.
  bool step(const Walk& other) {
    ++graph_.visited_;
    size_t before = met_.size();
    expand(met_[next_++]);
    return std::any_of(met_.begin() + static_cast<long>(before), met_.end(),
                       [&](size_t group) { return other.has_met(group); });
  }
  bool has_met(size_t group) const { return mark(group) == number_; }
  void finish() {
    for (; !is_over(); ++graph_.visited_) expand(met_[next_++]);
  }

 private:
  int& mark(size_t group) const {
    auto& marks = forwards_ ? graph_.met_forwards_ : graph_.met_backwards_;
    return marks[group];
  }

  void expand(size_t group) {
    for (size_t member : graph_.members(group)) {
      const FusionNode& node = graph_.node(member);
      for (size_t next : forwards_ ? node.users : node.sources) meet(graph_.node(next).group);
    }
  }

  void meet(size_t group) {
    size_t order = graph_.groups_[group].order;
    bool beyond = forwards_ ? order >= bound_ : order <= bound_;
    if (beyond || has_met(group)) return;
    if (std::find(from_.begin(), from_.end(), group) != from_.end()) return;
    mark(group) = number_;
    met_.push_back(group);
  }

  const FusionGraph& graph_;
  std::span<const size_t> from_;
  bool forwards_;
  int number_;
  size_t bound_ = 0;
  std::vector<size_t> met_;  // those before `next_` are expanded
  size_t next_ = 0;
};

// Walks from both sides in turn; ends when the smaller walk does.
bool FusionGraph::makes_cycle(std::span<const size_t> groups) const {
  Walk users(*this, groups, true), sources(*this, groups, false);
  for (size_t group : users.met()) {
    if (sources.has_met(group)) return true;
  }
  while (!users.is_over() && !sources.is_over()) {
    if (users.step(sources)) return true;
    if (sources.step(users)) return true;
  }
  return false;
}

// Puts what the groups depend on, then the groups, then what depends on them into the places that
// all of these have now (Pearce and Kelly, "A dynamic topological sort algorithm for directed
// acyclic graphs", 2006).
void FusionGraph::order_as_one(std::span<const size_t> groups) {
  Walk users(*this, groups, true), sources(*this, groups, false);
  users.finish();
  sources.finish();
  auto by_order = [this](size_t a, size_t b) { return groups_[a].order < groups_[b].order; };
  std::sort(users.met().begin(), users.met().end(), by_order);
  std::sort(sources.met().begin(), sources.met().end(), by_order);
  std::vector<size_t> all = sources.met();
  all.insert(all.end(), groups.begin(), groups.end());
  all.insert(all.end(), users.met().begin(), users.met().end());
  std::vector<size_t> places;
  for (size_t member : all) places.push_back(groups_[member].order);
  std::sort(places.begin(), places.end());
  for (size_t i = 0; i < all.size(); ++i) groups_[all[i]].order = places[i];
}

size_t FusionGraph::merge(std::span<const size_t> groups) {
  order_as_one(groups);
  size_t target = *std::max_element(groups.begin(), groups.end(), [this](size_t a, size_t b) {
    return members(a).size() < members(b).size();
  });
  Group& to = groups_[target];
  for (size_t group : groups) {
    if (group == target) continue;
    Group& from = groups_[group];
    for (size_t member : from.members) nodes_[member].group = target;
    to.members.insert(to.members.end(), from.members.begin(), from.members.end());
    to.last = std::max(to.last, from.last);
    from.members.clear();
  }
  return target;
}

}  // namespace mycel::passes
