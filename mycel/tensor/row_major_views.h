// Which tensors of a trace are shown under another shape by a view that other strides would refuse.
#pragma once

#include <vector>

#include "mycel/base/innermost.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// While it exists, keeps each argument of a trace of which this thread makes such a view, taking
// its elements to lie in row-major order.
class RowMajorViews {
 public:
  // The root of `view`, if it is an argument, to the innermost that exists, if any.
  static void note(const Tensor& view);
  bool has(const Tensor& root) const;

 private:
  Innermost<RowMajorViews> scope_{this};
  std::vector<Tensor> roots_;
};

}  // namespace mycel
