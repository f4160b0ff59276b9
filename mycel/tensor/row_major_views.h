// Records which arguments of a trace must be row-major, because a view reshapes them.
#pragma once

#include <vector>

#include "mycel/base/innermost.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// While it exists, records the arguments of a trace of which this thread makes a `view()`, which
// may be impossible if the argument is not row-major.
class RowMajorViews {
 public:
  // Adds the root of `view`, if it is an argument, to the thread's innermost RowMajorViews, if any.
  static void note(const Tensor& view);
  bool has(const Tensor& root) const;

 private:
  Innermost<RowMajorViews> scope_{this};
  std::vector<Tensor> roots_;
};

}  // namespace mycel
