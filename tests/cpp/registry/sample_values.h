// Arrays for the samples of definitions, from a seeded generator.
#pragma once

#include <cstdint>
#include <vector>

#include "mycel/tensor/op_rules.h"

namespace mycel {

// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
class SampleGenerator {
 public:
  explicit SampleGenerator(uint64_t seed) : state_(seed) {}
  uint64_t next();
  double uniform();  // in [0, 1)

 private:
  uint64_t state_;
};

// A row-major array for one input of a sample; `swept` is the dtype of inputs that fix none.
NDArray sample_array(const SampleInput& input, DType swept, SampleGenerator& generator);

// Layouts of an array in memory; the elements are the same.
enum class SampleLayout { kRowMajor, kTransposed, kReversed, kSpread };
NDArray laid_out(const NDArray& array, SampleLayout layout);

}  // namespace mycel
