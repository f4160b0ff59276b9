// Tests formulas with several reductions and outputs, as fusion makes them.
#include <gtest/gtest.h>

#include <cmath>

#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

using te::Reducer;

// Softmax of a 2-d array along `dim`: a maximum, a sum of exponentials and a quotient.
te::Computation softmax(const Shape& shape, size_t dim) {
  te::Formula formula({{DType::kFloat32, to_dims(shape)}});
  auto axes = te::Formula::axes(to_dims(shape));
  te::Operand x = formula.input(0);
  auto along = [&](const te::Axis& k) {
    std::vector<te::Axis> at = axes;
    at[dim] = k;
    return x.at(at);
  };
  te::Axis k1 = te::axis(shape[dim]), k2 = te::axis(shape[dim]);
  te::Expr largest = te::reduce(Reducer::kMax, {k1}, along(k1));
  te::Expr sum = te::reduce(Reducer::kSum, {k2}, te::exp(along(k2) - largest));
  formula.output(DType::kFloat32, axes, te::exp(x.at(axes) - largest) / sum);
  return formula.take();
}

TEST(Fused, Softmax) {
  for (const Shape& shape : {Shape{5, 10}, Shape{3, 1000}, Shape{130, 7}, Shape{1, 33}}) {
    NDArray x = random_array(DType::kFloat32, shape, 1);
    expect_as_interpreted(softmax(shape, 0), {x}, 1e-6);
    expect_as_interpreted(softmax(shape, 1), {x}, 1e-6);
  }
}

// Mean, inverse deviation and the normalised array, all three as outputs.
te::Computation normalise(const Shape& shape, unsigned mask) {
  te::Formula formula({{DType::kFloat32, to_dims(shape)}});
  auto axes = te::Formula::axes(to_dims(shape));
  std::vector<te::Axis> kept, sum1, sum2, at1 = axes, at2 = axes;
  Dim count = 1;
  for (size_t d = 0; d < axes.size(); ++d) {
    if (!(mask >> d & 1)) {
      kept.push_back(axes[d]);
      continue;
    }
    sum1.push_back(at1[d] = te::axis(shape[d]));
    sum2.push_back(at2[d] = te::axis(shape[d]));
    count = count * shape[d];
  }
  te::Operand x = formula.input(0);
  te::Expr n = te::cast(te::extent(count), DType::kFloat32);
  te::Expr mean = te::reduce(Reducer::kSum, sum1, x.at(at1)) / n;
  te::Expr d = x.at(at2) - mean;
  te::Expr variance = te::reduce(Reducer::kSum, sum2, d * d) / n;
  te::Expr inverse = te::rsqrt(variance + 1e-5);
  formula.output(DType::kFloat32, axes, (x.at(axes) - mean) * inverse);
  formula.output(DType::kFloat32, kept, mean);
  formula.output(DType::kFloat32, kept, inverse);
  return formula.take();
}

TEST(Fused, Normalisation) {
  Shape shape{4, 6, 9, 5};
  NDArray x = random_array(DType::kFloat32, shape, 1);
  NDArray last = random_array(DType::kFloat32, shape, channels_last(shape), 1);
  for (unsigned mask : {0b1000u, 0b1101u, 0b1110u, 0b1111u, 0b0001u}) {
    expect_as_interpreted(normalise(shape, mask), {x}, 1e-5);
    expect_as_interpreted(normalise(shape, mask), {last}, 1e-5);
  }
}

TEST(Fused, LargeNormalisationIsSplitOverThreads) {
  Shape shape{16, 20, 28, 28};
  NDArray x = random_array(DType::kFloat32, shape, 1);
  NDArray last = random_array(DType::kFloat32, shape, channels_last(shape), 1);
  for (unsigned mask : {0b1101u, 0b1111u}) {
    expect_as_interpreted(normalise(shape, mask), {x}, 1e-4);
    expect_as_interpreted(normalise(shape, mask), {last}, 1e-4);
  }
}

// out = x[i] / sum(|x|) * max(y): reductions outside the loop of the output.
TEST(Fused, SumsOfEverything) {
  for (int64_t n : {7, 100000}) {
    te::Formula formula({{DType::kFloat32, {n}}, {DType::kFloat32, {n}}});
    auto axes = te::Formula::axes({n});
    te::Axis j = te::axis(n), k = te::axis(n);
    te::Expr x = te::reduce(Reducer::kSum, {j}, te::abs(formula.input(0).at({j})));
    te::Expr y = te::reduce(Reducer::kMax, {k}, formula.input(1).at({k}));
    formula.output(DType::kFloat32, axes, formula.input(0).at(axes) / x * y);
    formula.output(DType::kFloat32, {}, x);
    te::Computation c = formula.take();
    expect_as_interpreted(
        c, {random_array(DType::kFloat32, {n}, 1), random_array(DType::kFloat32, {n}, 2)}, 1e-4);
  }
}

// Row sums times column sums: neither loop can hold both.
TEST(Fused, SumsOverDifferentLoops) {
  te::Formula formula({{DType::kFloat32, {30, 40}}});
  auto axes = te::Formula::axes({30, 40});
  te::Axis i = te::axis(30), j = te::axis(40);
  te::Expr rows = te::reduce(Reducer::kSum, {j}, formula.input(0).at({axes[0], j}));
  te::Expr columns = te::reduce(Reducer::kSum, {i}, formula.input(0).at({i, axes[1]}));
  formula.output(DType::kFloat32, axes, rows * columns);
  expect_as_interpreted(formula.take(), {random_array(DType::kFloat32, {30, 40}, 1)}, 1e-4);
}

// A product of a product: the inner one must not be computed again for every outer element.
TEST(Fused, NestedProducts) {
  te::Formula formula(
      {{DType::kFloat32, {20, 30}}, {DType::kFloat32, {30, 40}}, {DType::kFloat32, {40, 50}}});
  auto axes = te::Formula::axes({20, 50});
  te::Axis k = te::axis(30), l = te::axis(40);
  te::Expr inner = te::reduce(Reducer::kSum, {k},
                              formula.input(0).at({axes[0], k}) * formula.input(1).at({k, l}));
  te::Expr outer = te::reduce(Reducer::kSum, {l}, inner * formula.input(2).at({l, axes[1]}));
  formula.output(DType::kFloat32, axes, outer);
  std::vector<NDArray> inputs{random_array(DType::kFloat32, {20, 30}, 1),
                              random_array(DType::kFloat32, {30, 40}, 2),
                              random_array(DType::kFloat32, {40, 50}, 3)};
  expect_as_interpreted(formula.take(), inputs, 1e-3);
}

// A scan inside a formula, read backwards and at other indices.
TEST(Fused, ScansReadElsewhere) {
  te::Formula formula({{DType::kFloat32, {6, 50}}});
  auto axes = te::Formula::axes({6, 50});
  te::Axis k = te::axis(50);
  te::Expr body = te::exp(formula.input(0).at({axes[0], k}));
  te::Expr j = te::index(axes[1]);
  te::Expr last = te::constant(DType::kInt64, 49), one = te::constant(DType::kInt64, 1);
  te::Expr before = te::max(j - one, te::constant(DType::kInt64, 0));
  te::Expr backwards = te::scan(Reducer::kSum, k, body, last - j);
  te::Expr exclusive = te::scan(Reducer::kSum, k, body, before);
  formula.output(DType::kFloat32, axes, backwards * exclusive);
  expect_as_interpreted(formula.take(), {random_array(DType::kFloat32, {6, 50}, 1)}, 1e-4);
}

// Updates of arrays of different sizes in one kernel, as an optimiser makes them.
TEST(Fused, UnrelatedOutputs) {
  std::vector<int64_t> sizes{3, 100, 17, 5000, 1};
  std::vector<te::Input> types;
  std::vector<NDArray> inputs;
  for (int64_t n : sizes) {
    types.push_back({DType::kFloat32, {n}});
    inputs.push_back(random_array(DType::kFloat32, {n}, static_cast<uint64_t>(n)));
  }
  te::Formula formula(types);
  for (size_t i = 0; i < sizes.size(); ++i) {
    auto axes = te::Formula::axes({sizes[i]});
    te::Expr x = formula.input(i).at(axes);
    formula.output(DType::kFloat32, axes, x * 0.9 + 0.1);
    formula.output(DType::kFloat32, axes, x * x);
  }
  te::Computation c = formula.take();
  int64_t before = compiled_kernels();
  expect_as_interpreted(c, inputs, 1e-6);
  EXPECT_LE(compiled_kernels() - before, 6);  // one signature, one for a single element, per width
}

}  // namespace
}  // namespace mycel::codegen
