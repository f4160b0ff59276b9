#include "mycel/data/sampler.h"

#include <algorithm>
#include <numeric>

#include "mycel/data/random.h"

namespace mycel::data {

Sampler::Sampler(int64_t size, int64_t batch_size, bool drop_last, bool shuffle, uint64_t seed,
                 int64_t epoch)
    : size_(size), batch_size_(batch_size), drop_last_(drop_last), order_(size) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!shuffle) return;
  Random random(seed, static_cast<uint64_t>(epoch));
  for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
}

std::span<const int64_t> Sampler::batch(int64_t number) const {
  int64_t begin = number * batch_size_;
  int64_t count = std::min(batch_size_, size_ - begin);
  return {order_.data() + begin, static_cast<size_t>(count)};
}

}  // namespace mycel::data
