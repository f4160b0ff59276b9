#include "mycel/tensor/thread_local_edges.h"

namespace mycel {
namespace {

constinit thread_local ThreadLocalEdges* innermost = nullptr;

}  // namespace

void ThreadLocalEdges::enter() { outer_ = std::exchange(innermost, this); }
void ThreadLocalEdges::exit() { innermost = outer_; }

bool has_edges_here() { return innermost != nullptr; }

Edge* find_edge_here(const TensorImpl& object) {
  if (!object.state.edge.node) return nullptr;  // it takes no gradient any more
  for (ThreadLocalEdges* scope = innermost; scope; scope = scope->outer_) {
    auto found = scope->edges_.find(&object);
    if (found != scope->edges_.end()) return &found->second;
  }
  return nullptr;
}

const Edge& edge_here(const TensorImpl& object) {
  const Edge* found = find_edge_here(object);
  return found ? *found : object.state.edge;
}

void forget_edge_here(const TensorImpl& object) {
  for (ThreadLocalEdges* scope = innermost; scope; scope = scope->outer_) {
    auto found = scope->edges_.find(&object);
    if (found != scope->edges_.end()) found->second = object.state.edge;
  }
}

}  // namespace mycel
