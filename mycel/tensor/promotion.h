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
  // As dtype(), but 0-d tensors count like all others, so no integer operand is wrapped (uint64
  // beside a signed type gives float64).
  std::optional<DType> widest() const;

 private:
  std::optional<DType> with_dims_, zero_dim_;
};

}  // namespace mycel
