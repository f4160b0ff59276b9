// Records what a traced function does to requires_grad of its arguments and of outer tensors.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/base/innermost.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// While it exists, records each tensor for which this thread sets requires_grad, or which it
// detaches in place, in a trace. Restores the edges of outer tensors on destruction, because a call
// of the compiled function makes the change; an edge that another thread has replaced stays.
class EdgeChanges {
 public:
  EdgeChanges() = default;
  ~EdgeChanges() { undo(); }
  // Records a change in the thread's innermost EdgeChanges, if any. Call it before the change;
  // `next` is the tensor's new edge.
  static void note(const Tensor& tensor, const Edge& next);

  struct Change {
    Tensor tensor;
    bool was_leaf;
    Edge edge;
    bool own_edge;  // of a view
    Edge next;
  };
  const std::vector<Change>& list() const { return list_; }
  bool has(const TensorImpl& object) const { return places_.count(&object) != 0; }
  void undo();

 private:
  Innermost<EdgeChanges> scope_{this};
  std::vector<Change> list_;
  std::unordered_map<const TensorImpl*, size_t> places_;  // indices into list_
};

}  // namespace mycel
