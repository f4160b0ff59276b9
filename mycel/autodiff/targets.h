// The edges whose gradients are requested, and the gradients accumulated there.
#pragma once

#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mycel/tensor/tape.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

struct TargetKey {
  const Node* node;
  size_t index;
  bool operator==(const TargetKey&) const = default;
};

// Hashes the edges: a look-up compares few keys, however many targets there are. `Equal` lets a
// test count the comparisons.
template <class Equal = std::equal_to<TargetKey>>
class Targets {
 public:
  explicit Targets(const std::vector<Edge>& edges) {
    for (const Edge& edge : edges) {
      nodes_.insert(edge.node.get());
      numbers_.push_back(
          number_of_.try_emplace({edge.node.get(), edge.index}, sums_.size()).first->second);
      sums_.resize(number_of_.size());
    }
  }
  bool empty() const { return numbers_.empty(); }
  bool contains(const Node* node) const { return nodes_.contains(node); }
  // Returns the sum that has arrived at an edge; nullptr if the edge is not a target.
  Tensor* find(const Edge& edge) {
    auto found = number_of_.find({edge.node.get(), edge.index});
    return found == number_of_.end() ? nullptr : &sums_[found->second];
  }
  // In the order of the edges, which may repeat.
  Tensors results() const {
    Tensors results;
    for (size_t number : numbers_) results.push_back(sums_[number]);
    return results;
  }

 private:
  struct Hash {
    size_t operator()(const TargetKey& key) const {
      return std::hash<const Node*>()(key.node) * 31 + key.index;
    }
  };
  std::unordered_set<const Node*> nodes_;
  std::unordered_map<TargetKey, size_t, Hash, Equal> number_of_;
  std::vector<size_t> numbers_;  // by edge
  Tensors sums_;
};

}  // namespace mycel
