#include "mycel/data/array_dataset.h"

#include <cstring>

namespace mycel::data {

ArrayDataset::ArrayDataset(std::vector<NDArray> arrays) {
  if (arrays.empty()) fail(Code::kValue, "[ArrayDataset] expects at least one array, got none");
  for (const NDArray& array : arrays) {
    if (array.rank() == 0) {
      fail(Code::kValue, "[ArrayDataset] expects arrays with at least one dimension, got shape []");
    }
    if (array.shape()[0] != arrays[0].shape()[0]) {
      fail(Code::kValue, "[ArrayDataset] expects arrays of equal length, got {} and {}",
           arrays[0].shape()[0], array.shape()[0]);
    }
    fields_.push_back({array.dtype(), Shape(array.shape().begin() + 1, array.shape().end())});
    arrays_.push_back(contiguous(array));
  }
  size_ = arrays[0].shape()[0];
}

void ArrayDataset::write(int64_t i, std::span<void* const> to) const {
  for (size_t f = 0; f < arrays_.size(); ++f) {
    int64_t bytes = num_elements(fields_[f].shape) * byte_size(fields_[f].dtype);
    if (bytes > 0)
      std::memcpy(to[f], static_cast<const char*>(arrays_[f].raw()) + i * bytes, bytes);
  }
}

}  // namespace mycel::data
