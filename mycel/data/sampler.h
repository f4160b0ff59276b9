// Divides the items of an epoch into batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mycel::data {

class Sampler {
 public:
  // With `shuffle`, a uniformly random order that the seed and the epoch's number determine.
  Sampler(int64_t size, int64_t batch_size, bool drop_last, bool shuffle, uint64_t seed,
          int64_t epoch);

  int64_t num_batches() const { return num_batches(size_, batch_size_, drop_last_); }
  std::span<const int64_t> batch(int64_t number) const;

  static int64_t num_batches(int64_t size, int64_t batch_size, bool drop_last) {
    return drop_last ? size / batch_size : size / batch_size + (size % batch_size != 0);
  }

 private:
  int64_t size_, batch_size_;
  bool drop_last_;
  std::vector<int64_t> order_;
};

}  // namespace mycel::data
