// Synthetic digits drawn from strokes, for use without data: any number, no two alike.
#pragma once

#include "mycel/data/dataset.h"

namespace mycel::data {

// Item i is a function of the seed and i alone: a random digit whose strokes are jittered, bent by
// a small affine map, drawn with a pen of random width, with noise on every pixel. Fields as in
// MNIST: a float32 image [1, 28, 28] in [0, 1], 1 being ink, and an int64 label.
class SyntheticDigits final : public Dataset {
 public:
  explicit SyntheticDigits(int64_t size = 60000, uint64_t seed = 0);

  int64_t size() const override { return size_; }
  const std::vector<Field>& fields() const override;
  void write(int64_t i, std::span<void* const> to) const override;

 private:
  int64_t size_;
  uint64_t seed_;
};

}  // namespace mycel::data
