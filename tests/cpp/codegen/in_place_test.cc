// Tests outputs that overwrite inputs: which pairs a kernel grants, and whether it may.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <utility>

#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

using te::Expr;
using te::Reducer;

class InPlace {
 public:
  InPlace(te::Computation computation, std::vector<NDArray> inputs, const Options& options = {})
      : computation_(std::move(computation)),
        inputs_(std::move(inputs)),
        kernel_(compile_for(computation_, inputs_, results_of(computation_), options)) {}

  bool granted(uint32_t input, uint32_t output) const {
    auto pairs = kernel_->in_place();
    return std::find(pairs.begin(), pairs.end(), te::InPlace{input, output}) != pairs.end();
  }

  // Pairs of equal rank: their arrays have one shape in these tests.
  std::vector<te::InPlace> pairs_that_lie_alike() const {
    std::vector<te::InPlace> pairs;
    for (uint32_t i = 0; i < inputs_.size(); ++i) {
      for (uint32_t o = 0; o < computation_.outputs.size(); ++o) {
        size_t axes = computation_.outputs[o].axes.size();
        if (inputs_[i].rank() == axes) pairs.push_back({i, o});
      }
    }
    return pairs;
  }

  // Whether all outputs are bit by bit the same as in separate arrays.
  bool holds(uint32_t input, uint32_t output) const {
    std::vector<NDArray> own = results_of(computation_), outputs = own, inputs;
    for (const NDArray& array : inputs_) {
      inputs.push_back(NDArray::empty(array.dtype(), array.shape()));
      copy_elements(array, inputs.back());
    }
    run(*kernel_, inputs, own);
    for (size_t i = 0; i < own.size(); ++i) {
      outputs[i] = i == output ? inputs[input] : results_of(computation_)[i];
    }
    run(*kernel_, inputs, outputs);
    return std::equal(own.begin(), own.end(), outputs.begin(), [](const auto& a, const auto& b) {
      return std::memcmp(a.raw(), b.raw(), static_cast<size_t>(a.bytes())) == 0;
    });
  }

  void expect_granted(uint32_t input, uint32_t output) const {
    EXPECT_TRUE(granted(input, output)) << input << " -> " << output;
    EXPECT_TRUE(holds(input, output)) << input << " -> " << output;
  }
  // The pair is refused for a reason: sharing would change a result.
  void expect_refused(uint32_t input, uint32_t output) const {
    EXPECT_FALSE(granted(input, output)) << input << " -> " << output;
    EXPECT_FALSE(holds(input, output)) << input << " -> " << output;
  }

 private:
  te::Computation computation_;
  std::vector<NDArray> inputs_;
  KernelPtr kernel_;
};

NDArray floats(const Shape& shape, uint64_t seed) {
  return random_array(DType::kFloat32, shape, seed);
}

te::Formula formula_of(const std::vector<Shape>& inputs) {
  std::vector<te::Input> all;
  for (const Shape& shape : inputs) all.push_back({DType::kFloat32, to_dims(shape)});
  return te::Formula(std::move(all));
}

TEST(InPlace, OwnElementsMayBeOverwritten) {
  for (int64_t n : {1, 7, 1003, 200000}) {  // tails of vectors, several threads
    te::Formula formula = formula_of({{n}, {n}});
    auto i = te::Formula::axes({n});
    formula.output(DType::kFloat32, i, formula.input(0).at(i) * 2.5 + formula.input(1).at(i));
    InPlace kernel(formula.take(), {floats({n}, 1), floats({n}, 2)});
    kernel.expect_granted(0, 0);
    kernel.expect_granted(1, 0);
  }
}

TEST(InPlace, OtherElementsMayNotBeOverwritten) {
  constexpr int64_t kSize = 1000;
  te::Formula formula = formula_of({{kSize}});
  auto i = te::Formula::axes({kSize});
  Expr backwards = te::constant(DType::kInt64, kSize - 1) - te::index(i[0]);
  formula.output(DType::kFloat32, i, formula.input(0).at({backwards}));
  InPlace(formula.take(), {floats({kSize}, 1)}).expect_refused(0, 0);

  te::Formula transposed = formula_of({{32, 32}});
  auto axes = te::Formula::axes({32, 32});
  transposed.output(DType::kFloat32, axes, transposed.input(0).at({axes[1], axes[0]}));
  InPlace(transposed.take(), {floats({32, 32}, 1)}).expect_refused(0, 0);
}

// Each thread loads the element again for its part of the loop.
TEST(InPlace, AnElementReadByAllIterationsMayNotBeOverwritten) {
  te::Formula formula = formula_of({{100}});
  auto i = te::Formula::axes({100});
  Expr first = formula.input(0).at({te::constant(DType::kInt64, int64_t{0})});
  formula.output(DType::kFloat32, i, formula.input(0).at(i) + first);
  EXPECT_FALSE(InPlace(formula.take(), {floats({100}, 1)}).granted(0, 0));
}

// Outputs over the same axes in two nests: one sums another input, the other does not.
TEST(InPlace, NestsOfAStageMayNotReadIt) {
  Shape flat{64, 64}, deep{64, 64, 3};
  te::Formula formula = formula_of({flat, deep});
  auto ij = te::Formula::axes(to_dims(flat));
  te::Axis k = te::axis(3), l = te::axis(3);
  Expr x = te::tanh(formula.input(0).at(ij));
  Expr sum = te::reduce(Reducer::kSum, {l}, formula.input(1).at({ij[0], ij[1], l}));
  formula.output(DType::kFloat32, ij, x * sum);
  formula.output(DType::kFloat32, ij, x + 1.0);
  formula.output(DType::kFloat32, {ij[0], ij[1], k}, formula.input(1).at({ij[0], ij[1], k}) * sum);
  InPlace kernel(formula.take(), {floats(flat, 1), floats(deep, 2)}, {.threads = 1});
  EXPECT_FALSE(kernel.granted(0, 0));
  EXPECT_FALSE(kernel.granted(0, 1));
  EXPECT_FALSE(kernel.holds(0, 0) && kernel.holds(0, 1));  // one of the nests comes first
  EXPECT_FALSE(kernel.granted(1, 2));                      // a sum reads the other elements
}

TEST(InPlace, EarlierStagesMayReadIt) {
  Shape shape{300, 400};
  te::Formula formula = formula_of({shape});
  auto ij = te::Formula::axes(to_dims(shape)), kl = te::Formula::axes(to_dims(shape));
  Expr sum = te::reduce(Reducer::kSum, kl, formula.input(0).at(kl));
  formula.output(DType::kFloat32, ij, formula.input(0).at(ij) / sum);
  InPlace(formula.take(), {floats(shape, 1)}).expect_granted(0, 0);
}

TEST(InPlace, ReductionsInTheLoopsOfTheOutputMayNotReadIt) {
  for (Reducer reducer : {Reducer::kSum, Reducer::kMax}) {
    Shape shape{40, 50};
    te::Formula formula = formula_of({shape});
    auto ij = te::Formula::axes(to_dims(shape));
    te::Axis k = te::axis(40);
    Expr column = te::reduce(reducer, {k}, formula.input(0).at({k, ij[1]}));
    formula.output(DType::kFloat32, {ij[1]}, column);
    formula.output(DType::kFloat32, ij, formula.input(0).at(ij) - column);
    InPlace kernel(formula.take(), {floats(shape, 1)});
    EXPECT_FALSE(kernel.granted(0, 1));
  }
  // Every element of a row sums the row.
  te::Formula formula = formula_of({{20, 20}, {20, 20}});
  auto ij = te::Formula::axes({20, 20});
  te::Axis k = te::axis(20);
  formula.output(DType::kFloat32, ij,
                 te::reduce(Reducer::kSum, {k},
                            formula.input(0).at({ij[0], k}) * formula.input(1).at({k, ij[1]})));
  InPlace product(formula.take(), {floats({20, 20}, 1), floats({20, 20}, 2)});
  product.expect_refused(0, 0);
  product.expect_refused(1, 0);
}

// The element is loaded once before the loop of the sum, or in it: both precede the store.
TEST(InPlace, ALoadInALoopBeforeTheStoreIsInTime) {
  constexpr int64_t kSize = 300;
  te::Formula formula = formula_of({{kSize}, {kSize, 9}});
  auto i = te::Formula::axes({kSize});
  te::Axis k = te::axis(9);
  Expr some = te::call(te::Fn::kLess, {te::index(k), te::constant(DType::kInt64, int64_t{4})});
  Expr mine = formula.input(0).at_if(some, te::indices(i));
  formula.output(DType::kFloat32, i,
                 te::reduce(Reducer::kSum, {k}, mine * formula.input(1).at({i[0], k})));
  InPlace(formula.take(), {floats({kSize}, 1), floats({kSize, 9}, 2)}).expect_granted(0, 0);
}

TEST(InPlace, APredicatedLoadOfTheOwnElementIsInTime) {
  constexpr int64_t kSize = 777;
  te::Formula formula = formula_of({{kSize}});
  auto i = te::Formula::axes({kSize});
  Expr some = te::call(te::Fn::kLess, {te::index(i[0]), te::constant(DType::kInt64, int64_t{500})});
  formula.output(DType::kFloat32, i, formula.input(0).at_if(some, te::indices(i)) + 1.0);
  InPlace(formula.take(), {floats({kSize}, 1)}).expect_granted(0, 0);
}

// In one body the loads of the second output come after the store of the first.
TEST(InPlace, AnotherOutputOfTheNestMayReadItBeforeOnly) {
  constexpr int64_t kSize = 500;
  te::Formula formula = formula_of({{kSize}, {kSize}});
  auto i = te::Formula::axes({kSize});
  Expr x = formula.input(0).at(i), y = formula.input(1).at(i);
  formula.output(DType::kFloat32, i, y * 2.0);
  formula.output(DType::kFloat32, i, x + y);
  InPlace kernel(formula.take(), {floats({kSize}, 1), floats({kSize}, 2)});
  kernel.expect_refused(0, 0);
  kernel.expect_granted(1, 0);
  kernel.expect_granted(0, 1);
  kernel.expect_granted(1, 1);
}

// The sum is an output, which the second stage reads together with the input.
TEST(InPlace, LaterStagesMayNotReadIt) {
  Shape shape{300, 400};
  te::Formula formula = formula_of({shape});
  auto ij = te::Formula::axes(to_dims(shape)), kl = te::Formula::axes(to_dims(shape));
  Expr sum = te::reduce(Reducer::kSum, kl, formula.input(0).at(kl));
  formula.output(DType::kFloat32, {}, sum);
  formula.output(DType::kFloat32, ij, formula.input(0).at(ij) * sum);
  InPlace kernel(formula.take(), {floats(shape, 1)});
  kernel.expect_refused(0, 0);
  kernel.expect_granted(0, 1);
}

TEST(InPlace, AnInputThatRepeatsItsElementsMayNotBeOverwritten) {
  constexpr int64_t kSize = 100;
  te::Formula formula = formula_of({{kSize}});
  auto i = te::Formula::axes({kSize});
  formula.output(DType::kFloat32, i,
                 formula.input(0).at(i) + te::cast(te::index(i[0]), DType::kFloat32));
  NDArray repeated = random_array(DType::kFloat32, {kSize}, Strides{0}, 1);
  EXPECT_FALSE(InPlace(formula.take(), {repeated}).granted(0, 0));
}

// Sums of products keep several rows and vectors in flight.
TEST(InPlace, UnrolledLoopsLoadBeforeTheyStore) {
  for (const Shape& shape : {Shape{64, 64}, Shape{37, 53}, Shape{5, 3}}) {
    te::Formula formula = formula_of({shape, {shape[0], 30}, {30, shape[1]}});
    auto ij = te::Formula::axes(to_dims(shape));
    te::Axis k = te::axis(30);
    Expr product = te::reduce(Reducer::kSum, {k},
                              formula.input(1).at({ij[0], k}) * formula.input(2).at({k, ij[1]}));
    formula.output(DType::kFloat32, ij, formula.input(0).at(ij) + product);
    InPlace kernel(formula.take(),
                   {floats(shape, 1), floats({shape[0], 30}, 2), floats({30, shape[1]}, 3)});
    kernel.expect_granted(0, 0);
  }
}

// Formulas over arrays [n, n] and one [n, n, 3], with outputs over the same and over other loops.
class RandomFormula {
 public:
  explicit RandomFormula(unsigned seed)
      : random_(seed), size_(std::array<int64_t, 4>{3, 8, 17, 40}[random_() % 4]) {}

  InPlace make() {
    Shape flat{size_, size_}, deep{size_, size_, 3};
    te::Formula formula = formula_of({flat, flat, flat, deep});
    std::vector<te::Axis> axes = te::Formula::axes(to_dims(flat));
    for (int i = 0; i < 4; ++i) inputs_.push_back(formula.input(static_cast<size_t>(i)));
    std::vector<Expr> pool{inputs_[0].at(axes), inputs_[1].at(axes), inputs_[2].at(axes)};
    size_t operations = 2 + random_() % 6, outputs = 1 + random_() % 3;
    for (size_t i = 0; i < operations; ++i) pool.push_back(operation(pool, axes));
    for (size_t i = 0; i < outputs; ++i) {
      if (random_() % 4 != 0) {
        formula.output(DType::kFloat32, axes, pool[pool.size() - 1 - random_() % 3]);
        continue;
      }
      te::Axis l = te::axis(3);
      Expr value = inputs_[3].at({axes[0], axes[1], l}) * any(pool);
      formula.output(DType::kFloat32, {axes[0], axes[1], l}, value);
    }
    return InPlace(formula.take(),
                   {floats(flat, 1), floats(flat, 2), floats(flat, 3), floats(deep, 4)});
  }

 private:
  Expr any(const std::vector<Expr>& pool) { return pool[random_() % pool.size()]; }

  Expr operation(const std::vector<Expr>& pool, const std::vector<te::Axis>& axes) {
    te::Axis k = te::axis(size_), l = te::axis(3);
    const te::Operand &a = inputs_[random_() % 3], &b = inputs_[random_() % 3];
    switch (random_() % 9) {
      case 0:
        return any(pool) + any(pool);
      case 1:
        return any(pool) * 0.5;
      case 2:
        return te::tanh(any(pool));
      case 3:
        return te::reduce(Reducer::kSum, {k}, a.at({axes[0], k}));
      case 4:
        return te::reduce(Reducer::kMax, {k}, a.at({k, axes[1]}));
      case 5:
        return te::reduce(Reducer::kSum, {l}, inputs_[3].at({axes[0], axes[1], l}) * any(pool));
      case 6:
        return te::reduce(Reducer::kSum, {k}, a.at({axes[0], k}) * b.at({k, axes[1]}));
      case 7:
        return a.at({axes[1], axes[0]});
      default:
        return a.at_if(te::call(te::Fn::kLess, {te::index(axes[0]), te::index(axes[1])}),
                       te::indices(axes));
    }
  }

  std::mt19937 random_;
  int64_t size_;
  std::vector<te::Operand> inputs_;
};

TEST(InPlace, WhatIsGrantedHoldsForRandomFormulas) {
  int granted = 0, refused = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    InPlace kernel = RandomFormula(seed).make();
    for (auto [input, output] : kernel.pairs_that_lie_alike()) {
      (kernel.granted(input, output) ? granted : refused)++;
      if (!kernel.granted(input, output)) continue;
      EXPECT_TRUE(kernel.holds(input, output))
          << "seed " << seed << ": " << input << " -> " << output;
    }
  }
  EXPECT_GT(granted, 30);
  EXPECT_GT(refused, 30);
}

}  // namespace
}  // namespace mycel::codegen
