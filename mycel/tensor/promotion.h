// Dtype promotion: the common dtype of several tensors.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

// Follows PyTorch's rules (torch.result_type): a 0-d tensor counts only if its kind (bool < integer
// < float) is above that of every tensor with dims. Numbers are weaker still (promote_weak).
class Promotion {
 public:
  void meet(const Tensor& tensor);
  // The common dtype; none before the first `meet`.
  std::optional<DType> dtype() const;
  // The common dtype with 0-d tensors counted like others; it holds the value of each integer.
  std::optional<DType> widest() const;

 private:
  std::optional<DType> with_dims_, zero_dim_;
};

}  // namespace mycel
