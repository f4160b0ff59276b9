#include "mycel/nn/embedding.h"

namespace mycel::nn {

Embedding::Embedding(int64_t rows, int64_t dim, const EmbeddingOptions& options) {
  GradMode no_grad(false);
  Tensor table = randn({rows, dim}, options.dtype);
  if (options.padding_idx) {
    int64_t row = *options.padding_idx;
    if (row < -rows || row >= rows) {
      fail(Code::kValue, "[Embedding] expects padding_idx among {} rows, got {}", rows, row);
    }
    padding_idx_ = row < 0 ? row + rows : row;
    Tensor zero = scalar_like(table, 0.0, options.dtype);
    table = subscript_put(table, {Subscript::at(*padding_idx_)}, zero);
  }
  weight = add_parameter("weight", table);
}

}  // namespace mycel::nn
