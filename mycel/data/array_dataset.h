// Arrays of equal length as a dataset: item i is element i of each.
#pragma once

#include <vector>

#include "mycel/data/dataset.h"

namespace mycel::data {

class ArrayDataset final : public Dataset {
 public:
  // Host arrays of rank 1 or more with equal first extents. Raises ValueError.
  //
  //   auto dataset = std::make_shared<ArrayDataset>(std::vector{images, labels});
  explicit ArrayDataset(std::vector<NDArray> arrays);

  int64_t size() const override { return size_; }
  const std::vector<Field>& fields() const override { return fields_; }
  void write(int64_t i, std::span<void* const> to) const override;

 private:
  std::vector<NDArray> arrays_;  // row-major
  std::vector<Field> fields_;
  int64_t size_;
};

}  // namespace mycel::data
