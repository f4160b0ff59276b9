// Shape operations: the same elements under another shape, as views if the strides permit.
#pragma once

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel {

struct Reshape {
  Dims shape = {};
};
struct View {
  Dims shape = {};
};
struct Permute {
  Ints dims = {};
};
struct Expand {
  Dims shape = {};
};
struct Transpose {
  int64_t dim0 = 0;
  int64_t dim1 = 1;
};
struct Flatten {
  int64_t start_dim = 0;
  int64_t end_dim = -1;
};
struct Squeeze {
  std::optional<Ints> dim = {};
};
struct Unsqueeze {
  int64_t dim = 0;
};

// One extent may be -1, which is then inferred.
Tensor reshape(const Tensor& x, const Dims& shape);
// As reshape; raises RuntimeError if that would copy.
Tensor view(const Tensor& x, const Dims& shape);
Tensor permute(const Tensor& x, const Ints& dims);
// Repeats dims of extent 1 and adds new dims in front; -1 keeps an extent.
Tensor expand(const Tensor& x, const Dims& shape);
Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
Tensor flatten(const Tensor& x, int64_t start_dim = 0, int64_t end_dim = -1);
Tensor squeeze(const Tensor& x, const std::optional<Ints>& dim = {});
Tensor unsqueeze(const Tensor& x, int64_t dim);

void define_shape();

}  // namespace mycel
