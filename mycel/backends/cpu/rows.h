// Walks several strided operands along the same rows.
#pragma once

#include <vector>

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

// Numbers the indices of a shape in row-major order and gives each one's offset in every operand.
class Rows {
 public:
  explicit Rows(Shape shape) : shape_(std::move(shape)), count_(num_elements(shape_)) {}
  // Adds an operand with one stride per dim of the shape; returns its number.
  size_t add(Strides strides) {
    strides_.push_back(std::move(strides));
    return strides_.size() - 1;
  }
  int64_t count() const { return count_; }
  // Offsets in elements, by operand.
  void offsets(int64_t row, int64_t* out) const {
    for (size_t i = 0; i < strides_.size(); ++i) out[i] = 0;
    for (size_t d = shape_.size(); d-- > 0; row /= shape_[d]) {
      int64_t index = row % shape_[d];
      for (size_t i = 0; i < strides_.size(); ++i) out[i] += index * strides_[i][d];
    }
  }

 private:
  Shape shape_;
  int64_t count_;
  std::vector<Strides> strides_;
};

// The values without that of one dim.
inline Ints without(const Ints& values, size_t dim) {
  Ints out = values;
  if (!out.empty()) out.erase(out.begin() + dim);
  return out;
}

}  // namespace mycel::backends::cpu
