// What a traced function does to requires_grad of its arguments and of outer tensors.
#pragma once

#include <unordered_map>
#include <vector>

#include "mycel/base/innermost.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// While it exists, notes each tensor for which this thread sets requires_grad, or which it detaches
// in place, in a trace. At its end outer tensors get back what they had, unless another thread has
// given them another edge meanwhile: a call of the compiled function makes the change.
class EdgeChanges {
 public:
  EdgeChanges() = default;
  ~EdgeChanges() { undo(); }
  // Before each change, to the innermost that exists, if any. `next` is the edge that the tensor
  // gets.
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
  std::unordered_map<const TensorImpl*, size_t> places_;  // in the list
};

}  // namespace mycel
