#include "mycel/passes/fusion/explain.h"

#include <fmt/format.h>

namespace mycel::passes {
namespace {

std::string name_with_type(const ir::Operation& op) {
  std::string text = op.def().name;
  return op.num_results() == 0 ? text : text + ": " + ir::to_string(op.result()->type());
}

std::string name_with_place(const ir::Operation& op) {
  std::string place = ir::to_string(op.location());
  return place.empty() ? name_with_type(op) : name_with_type(op) + " " + place;
}

}  // namespace

void FusionReasons::note(size_t producer, size_t group, const FusionDecline& why) {
  for (size_t user : graph_.node(producer).users) {
    if (graph_.node(user).group == group) noted_.emplace(std::pair(producer, user), why);
  }
}

std::vector<std::string> FusionReasons::lines() const {
  std::vector<std::string> out;
  for (size_t i = 0; i < graph_.size(); ++i) {
    const FusionNode& node = graph_.node(i);
    for (size_t user : node.users) {
      if (graph_.node(user).group != node.group) out.push_back(line(i, user));
    }
  }
  return out;
}

std::string FusionReasons::line(size_t producer, size_t user) const {
  FusionDecline why = decline(producer, user);
  auto name = [&](size_t node) {
    const ir::Operation& op = *graph_.node(node).op;
    return node == producer || node == user ? op.def().name : name_with_type(op);
  };
  return fmt::format("{} | {}: {}", name_with_place(*graph_.node(producer).op),
                     name_with_place(*graph_.node(user).op),
                     to_string(why.reason, name(why.first), name(why.second)));
}

FusionDecline FusionReasons::decline(size_t producer, size_t user) const {
  for (size_t node : {producer, user}) {
    if (!graph_.node(node).facts()) return {graph_.node(node).why_alone(), node, node};
  }
  return noted_.at({producer, user});
}

}  // namespace mycel::passes
