#include "mycel/tensor/promotion.h"

namespace mycel {
namespace {

int rank_of_kind(DType dtype) {
  if (is_floating(dtype)) return 2;
  return dtype == DType::kBool ? 0 : 1;
}

}  // namespace

void Promotion::meet(const Tensor& tensor) {
  std::optional<DType>& common = tensor.rank() > 0 ? with_dims_ : zero_dim_;
  common = common ? promote(*common, tensor.dtype()) : tensor.dtype();
}

std::optional<DType> Promotion::dtype() const {
  if (!with_dims_ || !zero_dim_) return with_dims_ ? with_dims_ : zero_dim_;
  return rank_of_kind(*zero_dim_) > rank_of_kind(*with_dims_) ? zero_dim_ : with_dims_;
}

std::optional<DType> Promotion::widest() const {
  if (!with_dims_ || !zero_dim_) return dtype();
  return promote(*with_dims_, *zero_dim_);
}

}  // namespace mycel
