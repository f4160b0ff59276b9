// What a traced function does to requires_grad of its arguments and of outer tensors.
#pragma once

#include <vector>

#include "mycel/tensor/tensor.h"

namespace mycel {

// While it exists, notes each tensor for which this thread sets requires_grad, or which it detaches
// in place, in a trace. Nests. At its end outer tensors get back what they had: a call of the
// compiled function makes the change.
class EdgeChanges {
 public:
  EdgeChanges();
  ~EdgeChanges();
  EdgeChanges(const EdgeChanges&) = delete;
  // Before the first change, to the innermost that exists, if any.
  static void note(const Tensor& tensor);

  struct Change {
    Tensor tensor;
    bool was_leaf;
    Edge edge;
    bool own_edge;  // of a view
  };
  const std::vector<Change>& list() const { return list_; }
  void undo();

 private:
  std::vector<Change> list_;
  EdgeChanges* outer_;
};

}  // namespace mycel
