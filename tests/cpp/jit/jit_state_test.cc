// Tests what a compiled function does to tensors: state, donation, gradients, arguments.
#include <gtest/gtest.h>

#include <vector>

#include "mycel/jit/jit.h"
#include "mycel/ops/reduce.h"
#include "mycel/tensor/context.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

auto adds_to(const Tensor& state) {
  return jit([state](Tensor x) {
    state.assign(state + x);
    return sum(state);
  });
}

TEST(JitState, OuterTensorsAreReadAndWritten) {
  Tensor state = vector_of({1, 2});
  auto f = adds_to(state);
  EXPECT_EQ(values_of(f(vector_of({10, 20}))), Values{33});
  EXPECT_EQ(values_of(f(vector_of({10, 20}))), Values{63});
  EXPECT_EQ(values_of(state), (Values{21, 42}));
  state.assign(vector_of({0, 0}));
  EXPECT_EQ(values_of(f(vector_of({1, 1}))), Values{2});
  EXPECT_EQ(f.cache().compilations(), 1);
}

TEST(JitState, AnInputThatNobodyElseHoldsIsOverwritten) {
  Tensor state = vector_of({1, 2}), out;
  auto f = jit([&](Tensor x) {
    state.assign(state * 2.0 + x);
    return x * 3.0;
  });
  f(vector_of({1, 1}));
  const void* before = state.array().raw();
  out = f(vector_of({1, 1}));
  EXPECT_EQ(state.array().raw(), before);
  EXPECT_EQ(values_of(state), (Values{7, 11}));
  EXPECT_EQ(values_of(out), (Values{3, 3}));
  Tensor held = state.snapshot();
  f(vector_of({1, 1}));
  EXPECT_NE(state.array().raw(), before);
  EXPECT_EQ(values_of(held), (Values{7, 11}));
}

TEST(JitState, ASnapshotOutlivesADonatedUpdate) {
  Tensor state = vector_of({1, 2});
  auto f = adds_to(state);
  f(vector_of({1, 1}));
  Tensor snapshot = state.snapshot();
  std::vector<NDArray> exported{state.array()};
  f(vector_of({1, 1}));
  EXPECT_EQ(values_of(snapshot), (Values{2, 3}));
  EXPECT_EQ(values_of(exported[0]), (Values{2, 3}));
  EXPECT_EQ(values_of(state), (Values{3, 4}));
}

TEST(JitState, ASecondNameSeesTheUpdate) {
  Tensor state = vector_of({1, 2});
  std::vector<Tensor> names{state};
  adds_to(state)(vector_of({1, 1}));
  EXPECT_EQ(values_of(names[0]), (Values{2, 3}));
}

TEST(JitState, TheStateItselfMayBeTheArgument) {
  Tensor state = vector_of({1, 2});
  auto f = adds_to(state);
  f(vector_of({0, 0}));
  f(state);
  f(state);
  EXPECT_EQ(values_of(state), (Values{4, 8}));
}

TEST(JitState, TwoStatesMaySwapTheirBuffers) {
  Tensor a = vector_of({1, 2}), b = vector_of({3, 4});
  auto swap = jit([&] {
    Tensor was = a.snapshot();
    a.assign(b);
    b.assign(was);
  });
  swap();
  EXPECT_EQ(values_of(a), (Values{3, 4}));
  EXPECT_EQ(values_of(b), (Values{1, 2}));
  swap();
  EXPECT_EQ(values_of(a), (Values{1, 2}));
}

TEST(JitState, OneStateMayGiveItsValueToAnother) {
  Tensor a = vector_of({1, 2}), b = vector_of({3, 4});
  auto f = jit([&](Tensor x) {
    b.assign(a);
    a.assign(a + x);
  });
  for (int i = 0; i < 3; ++i) f(vector_of({1, 1}));
  EXPECT_EQ(values_of(a), (Values{4, 5}));
  EXPECT_EQ(values_of(b), (Values{3, 4}));
}

TEST(JitState, AnotherTypeOrFlagIsAnotherCompilation) {
  Tensor weight = vector_of({2});
  auto f = jit([&](Tensor x) { return x * weight; });
  f(vector_of({1}));
  weight.set_requires_grad(true);
  EXPECT_TRUE(f(vector_of({1})).requires_grad());
  EXPECT_EQ(f.cache().compilations(), 2);
  weight.set_requires_grad(false);
  EXPECT_FALSE(f(vector_of({1})).requires_grad());
  EXPECT_EQ(f.cache().compilations(), 2);
}

TEST(JitState, GradientsAreClearedAndSet) {
  Tensor weight = variable({2, 3});
  auto step = jit([&](Tensor x) {
    weight.set_grad({});
    Tensor loss = sum(weight * weight * x);
    loss.backward();
    return loss;
  });
  for (double scale : {1.0, 2.0}) {
    Tensor loss = step(vector_of({scale, scale}));
    EXPECT_EQ(values_of(loss), Values{13 * scale});
    EXPECT_EQ(values_of(weight.grad()), (Values{4 * scale, 6 * scale}));
    EXPECT_NE(error_of([&] { loss.backward(); }), "no error");
  }
  EXPECT_EQ(step.cache().compilations(), 1);
}

TEST(JitState, GradientsAddUpWhereTheyAreNotCleared) {
  Tensor weight = variable({2});
  auto step = jit([&](Tensor x) { sum(weight * x).backward(); });
  step(vector_of({1}));
  step(vector_of({10}));
  step(vector_of({100}));
  EXPECT_EQ(values_of(weight.grad()), Values{111});
  EXPECT_EQ(step.cache().compilations(), 2);  // without a gradient, and with one
  weight.set_grad({});
  step(vector_of({5}));
  EXPECT_EQ(values_of(weight.grad()), Values{5});
  EXPECT_EQ(step.cache().compilations(), 2);
}

TEST(JitState, AGradientThatIsReadMakesTheUpdate) {
  Tensor weight = variable({2, 3});
  auto step = jit([&](Tensor x) {
    weight.set_grad({});
    sum(weight * x).backward();
    GradMode no_grad(false);
    weight.assign(weight - weight.grad() * 0.5);
  });
  for (int i = 0; i < 3; ++i) step(vector_of({1, 2}));
  EXPECT_EQ(values_of(weight), (Values{0.5, 0}));
  EXPECT_TRUE(weight.requires_grad());
  EXPECT_TRUE(weight.is_leaf());
}

TEST(JitState, AnArgumentsGradientIsItsOwn) {
  auto f = jit([](Tensor x) {
    Tensor loss = sum(x * x);
    loss.backward();
    return loss;
  });
  Tensor x = variable({1, 2});
  f(x);
  EXPECT_EQ(values_of(x.grad()), (Values{2, 4}));
  f(x);
  f(x);
  EXPECT_EQ(values_of(x.grad()), (Values{6, 12}));
  EXPECT_EQ(f.cache().compilations(), 2);
  auto clear = jit([](Tensor y) { y.set_grad({}); });
  clear(x);
  EXPECT_FALSE(x.grad().defined());
  auto both = jit([](Tensor a, Tensor b) { sum(a * b).backward(); });
  both(x, x);
  EXPECT_EQ(values_of(x.grad()), (Values{2, 4}));
}

TEST(JitState, AnArgumentThatIsWrittenChanges) {
  auto f = jit([](Tensor x) {
    x.assign(x * 2.0);
    return x + 1.0;
  });
  Tensor x = vector_of({1, 2}), before = x.snapshot();
  EXPECT_EQ(values_of(f(x)), (Values{3, 5}));
  EXPECT_EQ(values_of(x), (Values{2, 4}));
  EXPECT_EQ(values_of(f(x)), (Values{5, 9}));
  EXPECT_EQ(values_of(before), (Values{1, 2}));
}

TEST(JitState, AGraphFromOutsideIsNotWalkedInside) {
  Tensor x = variable({2});
  auto f = jit([](Tensor y) { sum(y * y).backward(); });
  EXPECT_TRUE(contains(error_of([&] { f(x * 3.0); }), "recorded inside the jitted function"));
  Tensor outer = sum(x * x);
  auto g = jit([&] { outer.backward(); });
  EXPECT_TRUE(contains(error_of([&] { g(); }), "recorded inside the jitted function"));
}

}  // namespace
}  // namespace mycel
