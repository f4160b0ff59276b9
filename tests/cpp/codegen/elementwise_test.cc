#include <gtest/gtest.h>

#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

// out = f(x, y) with broadcasting.
template <class F>
te::Computation binary(const NDArray& x, const NDArray& y, const Shape& shape, const F& f) {
  te::Formula formula({{x.dtype(), to_dims(x.shape())}, {y.dtype(), to_dims(y.shape())}});
  auto axes = te::Formula::axes(to_dims(shape));
  te::Expr value = f(formula.input(0).broadcast_at(axes), formula.input(1).broadcast_at(axes));
  formula.output(value->dtype, axes, value);
  return formula.take();
}

te::Expr add(te::Expr a, te::Expr b) { return a + b; }

TEST(Elementwise, AddsVectorsOfEverySmallLength) {
  for (int64_t n = 0; n <= 70; ++n) {
    NDArray x = random_array(DType::kFloat32, {n}, 1), y = random_array(DType::kFloat32, {n}, 2);
    expect_as_interpreted(binary(x, y, {n}, add), {x, y}, 0);
  }
}

TEST(Elementwise, Broadcasts) {
  NDArray x = random_array(DType::kFloat32, {5, 1, 33}, 1);
  NDArray y = random_array(DType::kFloat32, {7, 1}, 2);
  expect_as_interpreted(binary(x, y, {5, 7, 33}, add), {x, y}, 0);
}

TEST(Elementwise, TakesAnyStrides) {
  NDArray x = random_array(DType::kFloat32, {6, 9, 20}, {1, 6, 54}, 1);
  NDArray y = random_array(DType::kFloat32, {6, 9, 20}, {-360, 40, -2}, 2);
  NDArray out = random_array(DType::kFloat32, {6, 9, 20}, {20, 120, 1}, 3);
  expect_as_interpreted(binary(x, y, {6, 9, 20}, add), {x, y}, {out}, 0);
}

TEST(Elementwise, RunsOnScalars) {
  NDArray x = random_array(DType::kFloat64, {}, 1), y = random_array(DType::kFloat64, {}, 2);
  expect_as_interpreted(binary(x, y, {}, add), {x, y}, 0);
}

}  // namespace
}  // namespace mycel::codegen
