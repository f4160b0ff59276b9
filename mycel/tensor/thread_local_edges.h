// Edges that stand for the objects' own on one thread: what it differentiates a function with
// respect to, while other threads use the same objects.
#pragma once

#include <unordered_map>

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// Nests, within a thread.
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

// Whether such edges may stand for any object's on this thread.
bool has_edges_here();
// The edge that stands for the object's own on this thread, or nullptr.
Edge* find_edge_here(const TensorImpl& object);
// Where the gradient of the object's value goes on this thread.
const Edge& edge_here(const TensorImpl& object);
// The object got another value, which nobody differentiates with respect to.
void forget_edge_here(const TensorImpl& object);

}  // namespace mycel
