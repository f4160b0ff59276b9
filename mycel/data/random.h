// A small random generator for data sets: the same numbers on every machine.
#pragma once

#include <cstdint>

namespace mycel::data {

// SplitMix64 (Steele, Lea, Flood 2014: "Fast splittable pseudorandom number generators").
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // A separate stream for each pair of numbers.
  Random(uint64_t seed, uint64_t stream) : state_(mix(seed + kStep) ^ mix(stream * kStep + 1)) {}

  uint64_t bits() { return mix(state_ += kStep); }
  // In [0, 1).
  float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24f; }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  // In [0, n), without bias (Lemire 2019: "Fast random integer generation in an interval").
  uint64_t below(uint64_t n) {
    auto product = static_cast<unsigned __int128>(bits()) * n;
    if (static_cast<uint64_t>(product) < n) {
      uint64_t least = -n % n;
      while (static_cast<uint64_t>(product) < least) {
        product = static_cast<unsigned __int128>(bits()) * n;
      }
    }
    return static_cast<uint64_t>(product >> 64);
  }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

}  // namespace mycel::data
