// Leaves: tensors that collect their gradient in `.grad`.
#pragma once

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

inline bool same_edge(const Edge& a, const Edge& b) {
  return a.node == b.node && a.index == b.index;
}

// The object's leaf while it requires a gradient, else nullptr. requires_grad_(False) keeps the
// leaf, so that after requires_grad_(True) a graph recorded earlier still reaches it.
inline LeafNode* leaf_of(const TensorImpl& object) {
  return object.leaf.get() == object.state.edge.node.get() ? object.leaf.get() : nullptr;
}

// Returns the object's leaf, made if it has none, whether or not a gradient is required.
inline const IntrusivePtr<LeafNode>& make_leaf(TensorImpl& object) {
  if (!object.leaf) object.leaf = make_intrusive<LeafNode>(&object);
  return object.leaf;
}

}  // namespace mycel
