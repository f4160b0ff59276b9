// Tests values that formulas read at several indices, or in several nests.
#include <gtest/gtest.h>

#include <algorithm>

#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

using te::Reducer;

class Product {
 public:
  Product(te::Formula& formula, int64_t depth)
      : a_(formula.input(0)), b_(formula.input(1)), depth_(depth) {}

  te::Expr at(const te::Axis& row, const te::Axis& column) const {
    te::Axis k = te::axis(depth_);
    te::Expr product = a_.at(std::vector{row, k}) * b_.at(std::vector{k, column});
    return te::reduce(Reducer::kSum, {k}, product);
  }

 private:
  te::Operand a_, b_;
  int64_t depth_;
};

struct Size {
  int64_t rows, depth, columns;
};

te::Formula product_formula(DType dtype, const Size& size) {
  return te::Formula({{dtype, {size.rows, size.depth}}, {dtype, {size.depth, size.columns}}});
}

std::vector<NDArray> run(const te::Computation& computation, DType dtype, const Size& size,
                         int threads) {
  std::vector<NDArray> inputs{random_array(dtype, {size.rows, size.depth}, 1),
                              random_array(dtype, {size.depth, size.columns}, 2)};
  std::vector<NDArray> outputs = results_of(computation);
  run(*compile_for(computation, inputs, outputs, {.threads = threads}), inputs, outputs);
  return outputs;
}

template <class F>
void for_all_sizes(const F& check) {
  for (const Size& size :
       {Size{16, 24, 16}, Size{1, 24, 16}, Size{16, 24, 1}, Size{7, 33, 50}, Size{64, 100, 130}}) {
    for (int threads : {1, 4}) check(size, threads);
  }
}

template <class T>
void expect_row_maxima(const NDArray& product, const NDArray& largest, const Size& size) {
  for (int64_t i = 0; i < size.rows; ++i) {
    const T* row = product.data<T>() + i * size.columns;
    EXPECT_EQ(*std::max_element(row, row + size.columns), largest.data<T>()[i]) << "row " << i;
  }
}

// The row maxima of a product and the product itself; if `wide`, also multiplied by the index along
// a third dim.
te::Computation row_maxima(DType dtype, const Size& size, bool wide) {
  te::Formula formula = product_formula(dtype, size);
  Product product(formula, size.depth);
  te::Axis i = te::axis(size.rows), r = te::axis(size.columns), j = te::axis(size.columns);
  te::Axis k = te::axis(2);
  formula.output(dtype, {i}, te::reduce(Reducer::kMax, {r}, product.at(i, r)));
  te::Expr value = product.at(i, j);
  formula.output(dtype, {i, j}, value);
  if (wide) formula.output(dtype, {i, j, k}, value * te::cast(te::index(k), dtype));
  return formula.take();
}

TEST(Repeated, AMaximumIsOneOfTheValuesThatItIsTakenFrom) {
  for_all_sizes([](const Size& size, int threads) {
    for (bool wide : {false, true}) {
      std::vector<NDArray> f =
          run(row_maxima(DType::kFloat32, size, wide), DType::kFloat32, size, threads);
      expect_row_maxima<float>(f[1], f[0], size);
      std::vector<NDArray> d =
          run(row_maxima(DType::kFloat64, size, wide), DType::kFloat64, size, threads);
      expect_row_maxima<double>(d[1], d[0], size);
    }
  });
}

TEST(Repeated, OneReductionServesAllItsReaders) {
  Size size{16, 24, 16};
  te::Computation computation = row_maxima(DType::kFloat32, size, true);
  std::vector<NDArray> inputs{random_array(DType::kFloat32, {16, 24}, 1),
                              random_array(DType::kFloat32, {24, 16}, 2)};
  std::vector<Layout> in, out;
  for (const NDArray& array : inputs) in.push_back(layout_of(array));
  for (const NDArray& array : results_of(computation)) out.push_back(layout_of(array));
  std::string text = print_nest({&computation, in, out}, {.threads = 1});
  size_t sums = 0;
  for (size_t at = text.find("sum"); at != text.npos; at = text.find("sum", at + 1)) ++sums;
  EXPECT_EQ(sums, 1u) << text;
}

// Two groups of loops, neither nested in the other.
TEST(Repeated, GroupsOfDifferentLoopsReadOneArray) {
  for_all_sizes([](const Size& size, int threads) {
    te::Formula formula = product_formula(DType::kFloat32, size);
    Product product(formula, size.depth);
    te::Axis i = te::axis(size.rows), j = te::axis(size.columns), k = te::axis(3), l = te::axis(5);
    te::Expr value = product.at(i, j);
    formula.output(DType::kFloat32, {i, j, k}, value + te::cast(te::index(k), DType::kFloat32) * 0);
    formula.output(DType::kFloat32, {i, j, l}, value + te::cast(te::index(l), DType::kFloat32) * 0);
    std::vector<NDArray> out = run(formula.take(), DType::kFloat32, size, threads);
    for (int64_t at = 0; at < size.rows * size.columns; ++at) {
      EXPECT_EQ(out[0].data<float>()[at * 3], out[1].data<float>()[at * 5]);
    }
  });
}

// A product is rounded where it is written, whatever else reads it in the same nest.
TEST(Repeated, AProductIsRoundedAlikeBesideASum) {
  constexpr int64_t kSize = 37;
  std::vector<NDArray> inputs;
  for (uint64_t i = 0; i < 3; ++i) inputs.push_back(random_array(DType::kFloat32, {kSize}, i));
  te::Formula formula(
      {{DType::kFloat32, {kSize}}, {DType::kFloat32, {kSize}}, {DType::kFloat32, {kSize}}});
  te::Axis i = te::axis(kSize);
  te::Expr product = formula.input(0).at(std::vector{i}) * formula.input(1).at(std::vector{i});
  formula.output(DType::kFloat32, {i}, product + formula.input(2).at(std::vector{i}));
  te::Computation computation = formula.take();
  std::vector<NDArray> out = results_of(computation);
  run(*compile_for(computation, inputs, out), inputs, out);
  for (int64_t at = 0; at < kSize; ++at) {
    volatile float rounded = inputs[0].data<float>()[at] * inputs[1].data<float>()[at];
    EXPECT_EQ(out[0].data<float>()[at], rounded + inputs[2].data<float>()[at]);
  }
}

}  // namespace
}  // namespace mycel::codegen
