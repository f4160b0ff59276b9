// The dtype in which tensors meet.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// By PyTorch's rules (torch.result_type): a 0-d tensor counts only where its kind (bool < integer <
// float) is above that of every tensor with dims. Numbers are weaker still (promote_weak).
class Promotion {
 public:
  void meet(const Tensor& tensor);
  // None if nothing was met.
  std::optional<DType> dtype() const;
  // The one that 0-d tensors count for like others, which holds the value of each integer.
  std::optional<DType> widest() const;

 private:
  std::optional<DType> with_dims_, zero_dim_;
};

}  // namespace mycel
