#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

using te::Reducer;

// Reduces `x` over the dims in the mask, in `wide` precision.
te::Computation reduction(const NDArray& x, unsigned mask, Reducer reducer, DType wide) {
  te::Formula formula({{x.dtype(), to_dims(x.shape())}});
  auto axes = te::Formula::axes(to_dims(x.shape()));
  std::vector<te::Axis> kept, reduced;
  for (size_t d = 0; d < axes.size(); ++d) (mask >> d & 1 ? reduced : kept).push_back(axes[d]);
  te::Expr value = te::cast(formula.input(0).at(axes), wide);
  formula.output(wide, kept, te::reduce(reducer, reduced, value));
  return formula.take();
}

TEST(Reductions, RunOverAnyDims) {
  for (const Shape& shape : {Shape{3, 5, 37}, Shape{130, 2, 17}, Shape{1, 70, 1}, Shape{4, 0, 3}}) {
    NDArray x = random_array(DType::kFloat32, shape, 1);
    for (unsigned mask = 1; mask < 8; ++mask) {
      expect_as_interpreted(reduction(x, mask, Reducer::kSum, DType::kFloat32), {x}, 1e-5);
    }
  }
}

TEST(Reductions, RunOverAnyStrides) {
  NDArray x = random_array(DType::kFloat32, {6, 9, 20}, {1, 6, 54}, 1);
  NDArray y = random_array(DType::kFloat32, {6, 9, 20}, {-360, 40, -2}, 2);
  for (unsigned mask = 1; mask < 8; ++mask) {
    expect_as_interpreted(reduction(x, mask, Reducer::kSum, DType::kFloat32), {x}, 1e-5);
    expect_as_interpreted(reduction(y, mask, Reducer::kMax, DType::kFloat32), {y}, 0);
  }
}

TEST(Reductions, CombineInEveryType) {
  for (DType dtype : {DType::kInt8, DType::kInt32, DType::kInt64, DType::kUInt8, DType::kUInt32,
                      DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    NDArray x = random_array(dtype, {5, 43}, 3);
    for (Reducer reducer : {Reducer::kSum, Reducer::kProduct, Reducer::kMax, Reducer::kMin}) {
      SCOPED_TRACE(name(dtype));
      // Sums of 16-bit floats in their own type round at every step, so their order counts.
      DType wide = is_floating(dtype) && byte_size(dtype) == 2 ? DType::kFloat32 : dtype;
      for (unsigned mask : {1, 2, 3}) {
        expect_as_interpreted(reduction(x, mask, reducer, wide), {x}, 1e-4);
      }
    }
  }
  NDArray flags = random_array(DType::kBool, {5, 43}, 3);
  for (unsigned mask : {1, 2, 3}) {
    expect_as_interpreted(reduction(flags, mask, Reducer::kAnd, DType::kBool), {flags}, 0);
    expect_as_interpreted(reduction(flags, mask, Reducer::kOr, DType::kBool), {flags}, 0);
  }
}

TEST(Reductions, OfExtremesKeepNaN) {
  for (int64_t at : {0, 3, 17, 39}) {
    NDArray x = random_array(DType::kFloat32, {40, 3}, 3);
    x.mutable_data<float>()[at * 3 + 1] = std::nanf("");
    for (unsigned mask : {1, 2, 3}) {
      expect_as_interpreted(reduction(x, mask, Reducer::kMax, DType::kFloat32), {x}, 0);
      expect_as_interpreted(reduction(x, mask, Reducer::kMin, DType::kFloat32), {x}, 0);
    }
  }
}

// float32 adds integers exactly only up to 2^24; a plain running sum would stop there.
TEST(Reductions, OfManyFloatsStayAccurate) {
  constexpr int64_t kCount = 1 << 22;
  NDArray x = NDArray::empty(DType::kFloat32, {kCount});
  std::fill_n(x.mutable_data<float>(), kCount, 0.1f);
  for (Shape shape : {Shape{kCount, 1}, Shape{kCount / 64, 64}}) {
    NDArray view = x.view(shape, row_major(shape), 0);
    te::Computation sum = reduction(view, 1, Reducer::kSum, DType::kFloat32);
    std::vector<NDArray> out = results_of(sum);
    run(*compile_for(sum, {view}, out), {view}, out);
    double expected = static_cast<double>(0.1f) * static_cast<double>(shape[0]);
    EXPECT_NEAR(out[0].data<float>()[0], expected, expected * 2e-6);
  }
}

TEST(Reductions, OfInfinitiesAreInfinite) {
  for (float value : {INFINITY, -INFINITY, std::nanf("")}) {
    NDArray x = random_array(DType::kFloat32, {20000}, 1);
    x.mutable_data<float>()[4000] = value;
    expect_as_interpreted(reduction(x, 1, Reducer::kSum, DType::kFloat32), {x}, 0);
  }
}

// Returns the value and the index along the reduced dim.
te::Computation arg_reduction(const NDArray& x, size_t dim, Reducer reducer) {
  te::Formula formula({{x.dtype(), to_dims(x.shape())}});
  auto axes = te::Formula::axes(to_dims(x.shape()));
  std::vector<te::Axis> kept = axes;
  kept.erase(kept.begin() + static_cast<int64_t>(dim));
  te::Expr value = formula.input(0).at(axes), index = te::index(axes[dim]);
  formula.output(x.dtype(), kept, te::arg_reduce(reducer, {axes[dim]}, value, index, 0));
  formula.output(DType::kInt64, kept, te::arg_reduce(reducer, {axes[dim]}, value, index, 1));
  return formula.take();
}

TEST(Reductions, OfArgumentsTakeTheFirst) {
  for (DType dtype : {DType::kInt32, DType::kUInt8, DType::kFloat32, DType::kFloat64}) {
    NDArray x = random_array(dtype, {7, 100}, 3);  // integers have ties
    for (size_t dim : {0, 1}) {
      expect_as_interpreted(arg_reduction(x, dim, Reducer::kArgMax), {x}, 0);
      expect_as_interpreted(arg_reduction(x, dim, Reducer::kArgMin), {x}, 0);
    }
  }
  NDArray x = random_array(DType::kFloat32, {7, 100}, 3);
  for (int64_t i = 0; i < 7; ++i) {
    x.mutable_data<float>()[i * 100 + 13 * i + 5] = std::nanf("");
    x.mutable_data<float>()[i * 100 + 90] = std::nanf("");
  }
  NDArray low = NDArray::empty(DType::kFloat32, {2, 40});
  std::fill_n(low.mutable_data<float>(), 80, -std::numeric_limits<float>::infinity());
  NDArray none = NDArray::empty(DType::kFloat32, {0, 4});
  for (const NDArray& array : {x, low, none}) {
    for (size_t dim : {0, 1}) {
      if (array.size() == 0 && dim == 1) continue;
      expect_as_interpreted(arg_reduction(array, dim, Reducer::kArgMax), {array}, 0);
      expect_as_interpreted(arg_reduction(array, dim, Reducer::kArgMin), {array}, 0);
    }
  }
}

te::Computation cumulative(const NDArray& x, size_t dim, Reducer reducer) {
  te::Formula formula({{x.dtype(), to_dims(x.shape())}});
  auto axes = te::Formula::axes(to_dims(x.shape()));
  std::vector<te::Axis> inner = axes;
  inner[dim] = te::axis(x.shape()[dim]);
  te::Expr body = formula.input(0).at(inner);
  formula.output(x.dtype(), axes, te::scan(reducer, inner[dim], body, te::index(axes[dim])));
  return formula.take();
}

TEST(Scans, RunAlongAnyDim) {
  NDArray x = random_array(DType::kFloat32, {5, 33, 18}, 3);
  NDArray y = random_array(DType::kInt64, {5, 33, 18}, {1, 5, 165}, 4);
  for (size_t dim : {0, 1, 2}) {
    expect_as_interpreted(cumulative(x, dim, Reducer::kSum), {x}, 1e-5);
    expect_as_interpreted(cumulative(x, dim, Reducer::kMax), {x}, 0);
    expect_as_interpreted(cumulative(y, dim, Reducer::kSum), {y}, 0);
  }
}

}  // namespace
}  // namespace mycel::codegen
