// ThreadLocalEdges: edges that override the objects' own on one thread.
//
// The thread differentiates a function with respect to them while other threads use the same
// objects.
#pragma once

#include <unordered_map>

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// Overrides edges between `enter` and `exit`, which nest within a thread.
class ThreadLocalEdges {
 public:
  ThreadLocalEdges() = default;
  ThreadLocalEdges(const ThreadLocalEdges&) = delete;
  void set(const TensorImpl& object, Edge edge) { edges_[&object] = std::move(edge); }
  void enter();
  void exit();

 private:
  friend Edge* find_edge_here(const TensorImpl& object);
  friend void forget_edge_here(const TensorImpl& object);
  std::unordered_map<const TensorImpl*, Edge> edges_;
  ThreadLocalEdges* outer_ = nullptr;
};

// Whether this thread may override an object's edge.
bool has_edges_here();
// The edge that overrides the object's own on this thread, or nullptr.
Edge* find_edge_here(const TensorImpl& object);
// Where the gradient of the object's value goes on this thread.
const Edge& edge_here(const TensorImpl& object);
// Drops this thread's edge: the object was assigned a new value.
void forget_edge_here(const TensorImpl& object);

}  // namespace mycel
