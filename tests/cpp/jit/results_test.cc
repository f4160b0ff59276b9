// Tests the memory of a compiled function's results: fresh, views, constants, arguments.
#include <gtest/gtest.h>

#include "mycel/jit/jit.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/slice.h"
#include "mycel/tensor/context.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

TEST(Results, AViewMayComeBeforeOrAfterWhatItShows) {
  auto f = jit([](Tensor x) -> Tensors {
    Tensor y = x * 2.0;
    return {reshape(y, {2, 1}), y, flip(y, {0}), reshape(y, {1, 2})};
  });
  for (int i = 0; i < 2; ++i) {
    Tensors out = f(vector_of({1, 2}));
    EXPECT_EQ(out[0].shape(), (Shape{2, 1}));
    EXPECT_EQ(values_of(out[0]), (Values{2, 4}));
    EXPECT_EQ(values_of(out[1]), (Values{2, 4}));
    EXPECT_EQ(values_of(out[2]), (Values{4, 2}));
    EXPECT_EQ(values_of(out[3]), (Values{2, 4}));
  }
}

TEST(Results, AViewOfWorkingMemoryIsCopied) {
  auto f = jit([](Tensor x) {
    Tensor y = x * 2.0;
    return slice_dim(y, 0, 1, 3);
  });
  Tensor first = f(vector_of({1, 2, 3}));
  f(vector_of({7, 8, 9}));
  EXPECT_EQ(values_of(first), (Values{4, 6}));
}

TEST(Results, ArgumentsAndTheirViewsMayBeReturned) {
  auto f = jit([](Tensor x) -> Tensors { return {x, flip(x, {0}), reshape(x, {2, 1}), x}; });
  Tensor x = vector_of({1, 2});
  Tensors out = f(x);
  EXPECT_EQ(values_of(out[1]), (Values{2, 1}));
  EXPECT_EQ(out[2].shape(), (Shape{2, 1}));
  EXPECT_EQ(values_of(out[3]), (Values{1, 2}));
  EXPECT_TRUE(out[0].same_object(x));  // as in eager mode
}

TEST(Results, ConstantsStayWhatTheyAre) {
  Tensor state = vector_of({5, 5});
  auto f = jit([&](Tensor x) -> Tensors {
    state.assign(full({2}, 3.0, DType::kFloat64));
    return {full({2}, 1.0, DType::kFloat64), full({2}, 1.0, DType::kFloat64), x + 1.0};
  });
  auto grow = jit([&] { state.assign(state + 1.0); });
  Tensors out = f(vector_of({1, 2}));
  grow();
  grow();
  EXPECT_EQ(values_of(state), (Values{5, 5}));
  EXPECT_EQ(values_of(f(vector_of({1, 2}))[0]), (Values{1, 1}));
  EXPECT_EQ(values_of(state), (Values{3, 3}));
}

// Two states that are assigned one value must not share later updates.
TEST(Results, OneValueForTwoStates) {
  Tensor a = vector_of({1}), b = vector_of({2});
  auto same = jit([&](Tensor x) {
    Tensor y = x * 3.0;
    a.assign(y);
    b.assign(y);
  });
  auto grow = jit([&] { a.assign(a + 1.0); });
  same(vector_of({1}));
  grow();
  EXPECT_EQ(values_of(a), Values{4});
  EXPECT_EQ(values_of(b), Values{3});
}

// The argument's new value is a view of its old one.
TEST(Results, AStateMayBecomeItsOwnView) {
  Tensor state = vector_of({1, 2, 3});
  auto turn = jit([&] { state.assign(flip(state, {0})); });
  turn();
  EXPECT_EQ(values_of(state), (Values{3, 2, 1}));
  turn();
  EXPECT_EQ(values_of(state), (Values{1, 2, 3}));
  auto shift = jit([&] { state.assign(state + flip(state, {0}) * 10.0); });
  shift();
  EXPECT_EQ(values_of(state), (Values{31, 22, 13}));
  shift();
  EXPECT_EQ(values_of(state), (Values{161, 242, 323}));
}

TEST(Results, WhatIsReadLaterIsNotOverwrittenEarlier) {
  Tensor state = tensor(Values{1, 2, 3, 4}, {2, 2});
  auto f = jit([&](Tensor x) {
    Tensor old = sum(state, {.dim = Ints{0}});
    state.assign(state * x);
    return old + sum(state, {.dim = Ints{1}});
  });
  EXPECT_EQ(values_of(f(vector_of({2, 3}))), (Values{4 + 8, 6 + 18}));
  EXPECT_EQ(values_of(f(vector_of({1, 1}))), (Values{8 + 8, 18 + 18}));
  EXPECT_EQ(values_of(state), (Values{2, 6, 6, 12}));
}

TEST(Results, ANameThatLeaksRaisesWhereItIsUsed) {
  Tensor leaked;
  auto f = jit([&](Tensor x) {
    leaked = x * 2.0;
    return x;
  });
  f(vector_of({1}));
  EXPECT_NE(error_of([&] { leaked.array(); }), "no error");
  EXPECT_NE(error_of([&] { leaked + 1.0; }), "no error");
}

}  // namespace
}  // namespace mycel
