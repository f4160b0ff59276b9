#include "tests/cpp/codegen/testing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "mycel/te/interpreter.h"

namespace mycel::codegen {
namespace {

// Calls f with the offset of every element.
template <class F>
void for_each_offset(const NDArray& array, const F& f) {
  Shape at(array.rank(), 0);
  int64_t size = array.size();
  for (int64_t i = 0; i < size; ++i) {
    int64_t rest = i, offset = 0;
    for (size_t d = array.rank(); d-- > 0;) {
      offset += rest % array.shape()[d] * array.strides()[d];
      rest /= array.shape()[d];
    }
    f(offset);
  }
}

std::vector<double> values_of(const NDArray& array) {
  std::vector<double> values;
  visit_dtype(array.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for_each_offset(array, [&](int64_t offset) {
      values.push_back(static_cast<double>(static_cast<ComputeType<T>>(array.data<T>()[offset])));
    });
  });
  return values;
}

}  // namespace

NDArray random_array(DType dtype, const Shape& shape, uint64_t seed) {
  return random_array(dtype, shape, row_major(shape), seed);
}

NDArray random_array(DType dtype, const Shape& shape, const Strides& strides, uint64_t seed) {
  int64_t low = 0, high = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    int64_t reach = (shape[d] - 1) * strides[d];
    (reach < 0 ? low : high) += reach;
  }
  NDArray whole = NDArray::empty(dtype, {high - low + 1});
  std::mt19937_64 random(seed);
  visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::uniform_real_distribution<double> reals(-2, 2);
    std::uniform_int_distribution<int> integers(std::is_signed_v<T> ? -9 : 0, 9);
    for (int64_t i = 0; i < whole.size(); ++i) {
      if constexpr (std::is_same_v<T, bool>)
        whole.mutable_data<T>()[i] = random() % 2;
      else if constexpr (std::is_integral_v<T>)
        whole.mutable_data<T>()[i] = static_cast<T>(integers(random));
      else
        whole.mutable_data<T>()[i] = static_cast<T>(static_cast<ComputeType<T>>(reals(random)));
    }
  });
  return whole.view(shape, strides, -low);
}

Layout layout_of(const NDArray& array) { return {array.shape(), array.strides()}; }

std::vector<NDArray> results_of(const te::Computation& computation) {
  std::vector<NDArray> results;
  for (const te::Output& output : computation.outputs) {
    Shape shape;
    for (const te::Axis& axis : output.axes) shape.push_back(axis.extent.value());
    results.push_back(NDArray::empty(output.dtype, shape));
  }
  return results;
}

KernelPtr compile_for(const te::Computation& computation, const std::vector<NDArray>& inputs,
                      const std::vector<NDArray>& outputs, const Options& options) {
  std::vector<Layout> in, out;
  for (const NDArray& array : inputs) in.push_back(layout_of(array));
  for (const NDArray& array : outputs) out.push_back(layout_of(array));
  return compile(computation, in, out, options);
}

void run(const Kernel& kernel, const std::vector<NDArray>& inputs,
         const std::vector<NDArray>& outputs) {
  std::vector<void*> buffers;
  for (const NDArray& array : inputs) buffers.push_back(array.raw());
  for (const NDArray& array : outputs) buffers.push_back(array.raw());
  size_t bytes = (kernel.scratch_bytes() + 63) / 64 * 64;
  std::unique_ptr<void, void (*)(void*)> scratch(bytes ? std::aligned_alloc(64, bytes) : nullptr,
                                                 std::free);
  kernel.run(buffers.data(), scratch.get());
}

double difference(const NDArray& a, const NDArray& b) {
  std::vector<double> x = values_of(a), y = values_of(b);
  double worst = x.size() == y.size() ? 0 : INFINITY;
  for (size_t i = 0; i < x.size() && i < y.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    double size = std::max({1.0, std::abs(x[i]), std::abs(y[i])});
    double d = std::abs(x[i] - y[i]) / size;
    worst = std::max(worst, std::isnan(d) ? INFINITY : d);
  }
  return worst;
}

void expect_as_interpreted(const te::Computation& computation, const std::vector<NDArray>& inputs,
                           double tolerance) {
  expect_as_interpreted(computation, inputs, results_of(computation), tolerance);
}

void expect_as_interpreted(const te::Computation& computation, const std::vector<NDArray>& inputs,
                           const std::vector<NDArray>& outputs, double tolerance) {
  std::vector<NDArray> expected = results_of(computation);
  te::interpret(computation, inputs, expected);
  for (int bits : {0, 256, 128}) {
    KernelPtr kernel = compile_for(computation, inputs, outputs, {bits, 0});
    run(*kernel, inputs, outputs);
    for (size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_LE(difference(outputs[i], expected[i]), tolerance)
          << te::to_string(computation) << "\noutput " << i << ", vectors of " << bits << " bits";
    }
  }
}

}  // namespace mycel::codegen
