// The embedding layer: a table of vectors.
#pragma once

#include <optional>

#include "mycel/nn/module.h"

namespace mycel::nn {

struct EmbeddingOptions {
  std::optional<int64_t> padding_idx = {};  // a row of zeros that gets no gradient
  DType dtype = kDefaultFloat;
};

// Maps integers (...) to vectors (..., dim), the rows of a table. Parameter: weight (rows, dim),
// drawn from the normal distribution. Raises ValueError for a padding_idx that is not a row.
class Embedding : public Module {
 public:
  Embedding(int64_t rows, int64_t dim, const EmbeddingOptions& options = {});
  Tensor operator()(const Tensor& index) const { return embedding(index, weight, padding_idx_); }

  Tensor weight;

 private:
  std::optional<int64_t> padding_idx_;
};

}  // namespace mycel::nn
