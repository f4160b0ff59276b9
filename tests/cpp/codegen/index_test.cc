// Tests reads at computed indices: reshapes, windows, gathers.
#include <gtest/gtest.h>

#include "mycel/base/error.h"
#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

// rows[ids[i], j]
te::Computation embedding(int64_t rows, int64_t width, int64_t count) {
  te::Formula formula({{DType::kFloat32, {rows, width}}, {DType::kInt64, {count}}});
  auto axes = te::Formula::axes({count, width});
  te::Expr row = formula.input(1).at({axes[0]});
  formula.output(DType::kFloat32, axes, formula.input(0).at({row, te::index(axes[1])}));
  return formula.take();
}

TEST(Indices, ReadFromData) {
  NDArray table = random_array(DType::kFloat32, {10, 33}, 1);
  NDArray ids = random_array(DType::kInt64, {40}, 2);
  for (int64_t i = 0; i < 40; ++i) ids.mutable_data<int64_t>()[i] = i * 7 % 10;
  expect_as_interpreted(embedding(10, 33, 40), {table, ids}, 0);
}

TEST(Indices, OutOfRangeRaise) {
  NDArray table = random_array(DType::kFloat32, {10, 33}, 1);
  for (int64_t bad : {int64_t{-1}, int64_t{12}, INT64_MAX}) {
    NDArray ids = array_of<int64_t>({5}, {0, 1, bad, 3, 4});
    te::Computation c = embedding(10, 33, 5);
    std::vector<NDArray> out = results_of(c);
    KernelPtr kernel = compile_for(c, {table, ids}, out);
    try {
      run(*kernel, {table, ids}, out);
      FAIL() << "no error for index " << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kIndex);
      EXPECT_EQ(std::string(error.what()),
                fmt::format("index {} is out of range for dim of size 10", bad));
    }
    EXPECT_EQ(out[0].data<float>()[2 * 33], 0);
    EXPECT_EQ(out[0].data<float>()[33], table.data<float>()[33]);
  }
}

// x[idx[i]] along the innermost dim: lanes gather.
TEST(Indices, GatherLanes) {
  for (DType dtype :
       {DType::kFloat32, DType::kFloat64, DType::kInt8, DType::kBool, DType::kBFloat16}) {
    te::Formula formula({{dtype, {50}}, {DType::kInt64, {37}}});
    auto axes = te::Formula::axes({37});
    te::Expr at = te::abs(formula.input(1).at(axes));
    formula.output(dtype, axes, formula.input(0).at({at}));
    expect_as_interpreted(formula.take(),
                          {random_array(dtype, {50}, 1), random_array(DType::kInt64, {37}, 2)}, 0);
  }
}

// Reads a dense array in another shape, and one that is not dense.
TEST(Indices, Reshape) {
  te::Formula formula({{DType::kFloat32, {6, 4, 5}}});
  auto axes = te::Formula::axes({8, 15});
  te::Expr flat = te::index(axes[0]) * te::extent(15) + te::index(axes[1]);
  te::Expr five = te::extent(5), four = te::extent(4);
  te::Expr rest = te::floordiv(flat, five);
  formula.output(
      DType::kFloat32, axes,
      formula.input(0).at({te::floordiv(rest, four), te::rem(rest, four), te::rem(flat, five)}));
  te::Computation c = formula.take();
  NDArray dense = random_array(DType::kFloat32, {6, 4, 5}, 1);
  NDArray strided = random_array(DType::kFloat32, {6, 4, 5}, {1, 6, 24}, 1);
  expect_as_interpreted(c, {dense}, 0);
  expect_as_interpreted(c, {strided}, 0);
  NDArray out = results_of(c)[0];
  Layout from = layout_of(dense), to = layout_of(out);
  std::string nest = print_nest({&c, {&from, 1}, {&to, 1}});
  EXPECT_EQ(nest.find("rem"), std::string::npos) << nest;  // a plain copy
}

// Outside of the array a predicated read gives 0.
TEST(Indices, PredicatesKeepFromReading) {
  te::Formula formula({{DType::kFloat32, {10}}, {DType::kInt64, {10}}});
  auto axes = te::Formula::axes({30, 20});
  te::Expr j = te::index(axes[1]) - te::constant(DType::kInt64, 7);
  te::Expr inside = te::logical_and(j >= 0, j < te::extent(10));
  te::Expr direct = formula.input(0).at_if(inside, {j});
  te::Expr far = formula.input(1).at_if(inside, {j}) * te::constant(DType::kInt64, 1000000);
  te::Expr never = te::logical_and(inside, far > 100000000);
  formula.output(DType::kFloat32, axes, direct + formula.input(0).at_if(never, {far}));
  expect_as_interpreted(
      formula.take(),
      {random_array(DType::kFloat32, {10}, 1), random_array(DType::kInt64, {10}, 2)}, 0);
}

// Windows that overlap: the maximum and where it is.
TEST(Indices, Windows) {
  te::Formula formula({{DType::kFloat32, {3, 12, 14}}});
  auto axes = te::Formula::axes({3, 5, 6});
  te::Axis a = te::axis(3), b = te::axis(3);
  te::Expr two = te::constant(DType::kInt64, 2);
  te::Expr i = te::index(axes[1]) * two + te::index(a), j = te::index(axes[2]) * two + te::index(b);
  te::Expr x = formula.input(0).at({te::index(axes[0]), i, j});
  te::Expr flat = i * te::extent(14) + j;
  for (int result : {0, 1}) {
    te::Expr best = te::arg_reduce(te::Reducer::kArgMax, {a, b}, x, flat, result);
    formula.output(best->dtype, axes, best);
  }
  expect_as_interpreted(formula.take(), {random_array(DType::kFloat32, {3, 12, 14}, 1)}, 0);
}

// Sums too deep for the stack: in an index that follows the loop and in one read from data.
TEST(Indices, MayBeDeep) {
  te::Formula formula({{DType::kFloat32, {10, 10}}, {DType::kInt64, {10}}});
  auto axes = te::Formula::axes({10});
  te::Expr near = te::index(axes[0]), far = formula.input(1).at(axes);
  for (int i = 0; i < 100000; ++i) {
    near = near + (i % 2 ? 1 : -1);
    far = te::max(far, near);
  }
  formula.output(DType::kFloat32, axes, formula.input(0).at({near, far}));
  te::Computation c = formula.take();
  Layout matrix{{10, 10}, {10, 1}}, vector{{10}, {1}}, inputs[] = {matrix, vector};
  EXPECT_NE(print_nest({&c, inputs, {&vector, 1}}).find("parallel < "), std::string::npos);
}

}  // namespace
}  // namespace mycel::codegen
