// Tests generated matrix products and convolutions, used for types that no library has.
#include <gtest/gtest.h>

#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

struct Product {
  int64_t m, k, n;
  bool transpose_a = false, transpose_b = false;
};

te::Computation matmul(const Product& p, DType dtype, DType wide) {
  te::Formula formula({{dtype, p.transpose_a ? Dims{p.k, p.m} : Dims{p.m, p.k}},
                       {dtype, p.transpose_b ? Dims{p.n, p.k} : Dims{p.k, p.n}}});
  auto axes = te::Formula::axes({p.m, p.n});
  te::Axis k = te::axis(p.k);
  te::Expr a =
      p.transpose_a ? formula.input(0).at({k, axes[0]}) : formula.input(0).at({axes[0], k});
  te::Expr b =
      p.transpose_b ? formula.input(1).at({axes[1], k}) : formula.input(1).at({k, axes[1]});
  te::Expr sum = te::reduce(te::Reducer::kSum, {k}, te::cast(a, wide) * te::cast(b, wide));
  formula.output(dtype, axes, sum);
  return formula.take();
}

void check(const Product& p, DType dtype, DType wide, double tolerance) {
  te::Computation c = matmul(p, dtype, wide);
  NDArray a = random_array(dtype, to_shape(c.inputs[0].dims), 1);
  NDArray b = random_array(dtype, to_shape(c.inputs[1].dims), 2);
  expect_as_interpreted(c, {a, b}, tolerance);
}

TEST(Contraction, MultipliesMatrices) {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      check({33, 21, 70, ta, tb}, DType::kFloat32, DType::kFloat32, 1e-5);
      check({9, 130, 5, ta, tb}, DType::kFloat64, DType::kFloat64, 1e-13);
      check({1, 40, 17, ta, tb}, DType::kInt32, DType::kInt32, 0);
      check({17, 40, 1, ta, tb}, DType::kInt8, DType::kInt64, 0);
      check({10, 33, 20, ta, tb}, DType::kBFloat16, DType::kFloat32, 1e-2);
      check({10, 33, 20, ta, tb}, DType::kFloat16, DType::kFloat32, 1e-3);
    }
  }
}

// Along a transposed factor, a product runs by vectors of its own loop, the function by vectors of
// the result.
TEST(Contraction, IsSplitFromFunctionsThatNeedOtherVectors) {
  for (bool tb : {false, true}) {
    for (bool twice : {false, true}) {
      te::Computation c = matmul({33, 40, 21, false, tb}, DType::kFloat32, DType::kFloat32);
      te::Expr product = c.outputs[0].value;
      c.outputs[0].value = te::tanh(product) * product;
      if (twice) c.outputs.push_back({DType::kFloat32, c.outputs[0].axes, product});
      NDArray a = random_array(DType::kFloat32, to_shape(c.inputs[0].dims), 1);
      NDArray b = random_array(DType::kFloat32, to_shape(c.inputs[1].dims), 2);
      expect_as_interpreted(c, {a, b}, 1e-5);
      std::vector<Layout> inputs{{a.shape(), a.strides()}, {b.shape(), b.strides()}};
      std::vector<Layout> outputs(c.outputs.size(), Layout{{33, 21}, {21, 1}});
      std::string kernel = compile(c, inputs, outputs)->describe();
      EXPECT_NE(kernel.find(tb ? "2 nests" : "1 nest,"), kernel.npos) << kernel;
    }
  }
}

struct Image {
  int64_t n, c, h, w;
};

// Strides of a 4-d array whose dims lie in memory in the order of `order`, the last innermost.
Strides strides_in_order(const Shape& shape, std::initializer_list<size_t> order) {
  Strides strides(4, 0);
  int64_t stride = 1;
  for (auto d = std::rbegin(order); d != std::rend(order); ++d) {
    strides[*d] = stride;
    stride *= shape[*d];
  }
  return strides;
}

te::Computation convolution(const Image& x, int64_t filters, int64_t size, int64_t step,
                            int64_t pad) {
  te::Formula formula(
      {{DType::kFloat32, {x.n, x.c, x.h, x.w}}, {DType::kFloat32, {filters, x.c, size, size}}});
  int64_t h = (x.h + 2 * pad - size) / step + 1, w = (x.w + 2 * pad - size) / step + 1;
  auto axes = te::Formula::axes({x.n, filters, h, w});
  te::Axis c = te::axis(x.c), kh = te::axis(size), kw = te::axis(size);
  auto number = [](int64_t value) { return te::constant(DType::kInt64, value); };
  te::Expr i = te::index(axes[2]) * number(step) + te::index(kh) - number(pad);
  te::Expr j = te::index(axes[3]) * number(step) + te::index(kw) - number(pad);
  auto inside = [&](const te::Expr& at, int64_t extent) {
    return te::logical_and(at >= number(0), at < te::extent(extent));
  };
  te::Expr pixel = formula.input(0).at_if(te::logical_and(inside(i, x.h), inside(j, x.w)),
                                          {te::index(axes[0]), te::index(c), i, j});
  te::Expr weight = formula.input(1).at({axes[1], c, kh, kw});
  formula.output(DType::kFloat32, axes, te::reduce(te::Reducer::kSum, {c, kh, kw}, pixel * weight));
  return formula.take();
}

TEST(Contraction, Convolves) {
  Image image{2, 5, 11, 19};
  Shape shape{2, 5, 11, 19};
  for (bool channels_last : {false, true}) {
    Strides strides = channels_last ? strides_in_order(shape, {0, 2, 3, 1}) : row_major(shape);
    NDArray x = random_array(DType::kFloat32, shape, strides, 1);
    NDArray w = random_array(DType::kFloat32, {7, 5, 3, 3}, 2);
    expect_as_interpreted(convolution(image, 7, 3, 1, 1), {x, w}, 1e-5);
    expect_as_interpreted(convolution(image, 7, 3, 2, 0), {x, w}, 1e-5);
  }
}

}  // namespace
}  // namespace mycel::codegen
