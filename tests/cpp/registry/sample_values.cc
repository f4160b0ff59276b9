#include "tests/cpp/registry/sample_values.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mycel {
namespace {

// Values without ties: the numbers 0 to n - 1 in random order, or that many steps of [low, high).
std::vector<double> distinct_values(const SampleInput& input, DType dtype, int64_t count,
                                    SampleGenerator& generator) {
  std::vector<double> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0);
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[generator.next() % i]);
  if (!is_floating(dtype)) return values;
  double step = (input.high - input.low) / static_cast<double>(count);
  for (double& value : values) value = input.low + step * value;
  return values;
}

std::vector<double> any_values(const SampleInput& input, DType dtype, int64_t count,
                               SampleGenerator& generator) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) {
    double value = input.low + (input.high - input.low) * generator.uniform();
    if (!is_floating(dtype) && input.low != input.high) value = std::floor(value);
    if (is_unsigned_integer(dtype)) value = std::max(value, 0.0);
    values.push_back(value);
  }
  return values;
}

}  // namespace

uint64_t SampleGenerator::next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double SampleGenerator::uniform() { return std::ldexp(static_cast<double>(next() >> 11), -53); }

NDArray sample_array(const SampleInput& input, DType swept, SampleGenerator& generator) {
  DType dtype = input.dtype.value_or(swept);
  NDArray array = NDArray::empty(dtype, input.shape);
  int64_t count = array.size();
  bool ties = !input.distinct || dtype == DType::kBool;
  std::vector<double> values = ties ? any_values(input, dtype, count, generator)
                                    : distinct_values(input, dtype, count, generator);
  visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = array.mutable_data<T>();
    for (size_t i = 0; i < values.size(); ++i) {
      if constexpr (std::is_same_v<T, bool>)
        data[i] = values[i] != 0;
      else
        data[i] = static_cast<T>(static_cast<ComputeType<T>>(values[i]));
    }
  });
  return array;
}

NDArray laid_out(const NDArray& array, SampleLayout layout) {
  const Shape& shape = array.shape();
  size_t rank = shape.size();
  Strides strides(rank, 0);
  int64_t offset = 0, room = 1;
  for (size_t k = 0; k < rank; ++k) {
    size_t d = layout == SampleLayout::kTransposed ? k : rank - 1 - k;
    // Spread: every other element is unused.
    int64_t stride = layout == SampleLayout::kSpread ? 2 * room : room;
    strides[d] = layout == SampleLayout::kReversed ? -stride : stride;
    if (layout == SampleLayout::kReversed) offset += stride * std::max<int64_t>(shape[d] - 1, 0);
    room *= (layout == SampleLayout::kSpread ? 2 : 1) * std::max<int64_t>(shape[d], 1);
  }
  NDArray whole = NDArray::empty(array.dtype(), {room});
  NDArray view = whole.view(shape, strides, offset);
  copy_elements(array, view);
  return view;
}

}  // namespace mycel
