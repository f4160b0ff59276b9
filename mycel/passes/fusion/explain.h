// Says why neighbouring operations are in different groups.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mycel/passes/fusion/graph.h"
#include "mycel/passes/fusion/reason.h"

namespace mycel::passes {

// Collects the reasons of one region's groups while they are made.
class FusionReasons {
 public:
  explicit FusionReasons(const FusionGraph& graph) : graph_(graph) {}

  // Notes why the node is apart from all its readers in the group.
  void note(size_t producer, size_t group, const FusionDecline& why);
  // Once the groups are final: a line for each node and each reader of it in another group, as
  // "exp: f32[6,5] at train.py:3 | sum: f32[5] at train.py:4: <why>". The sentence names these two
  // without types, and any other operation with its type.
  std::vector<std::string> lines() const;

 private:
  std::string line(size_t producer, size_t user) const;
  FusionDecline decline(size_t producer, size_t user) const;

  const FusionGraph& graph_;
  std::map<std::pair<size_t, size_t>, FusionDecline> noted_;  // by producer and user
};

}  // namespace mycel::passes
