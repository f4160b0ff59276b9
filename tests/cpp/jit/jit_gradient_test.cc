// Gradients through compiled functions.
#include <gtest/gtest.h>

#include "mycel/autodiff/backward.h"
#include "mycel/jit/jit.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/trigonometry.h"
#include "mycel/tensor/context.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

Tensor formula(const Tensor& x, const Tensor& y) { return sum(tanh(x * y) * x + y * y * y); }

TEST(JitGradient, AgreesWithEager) {
  auto compiled = jit([](Tensor x, Tensor y) { return formula(x, y); });
  Tensor x = variable({0.5, -1, 2}), y = variable({1, 3, -0.25});
  Tensors eager = gradients({formula(x, y)}, {}, {x, y});
  Tensors found = gradients({compiled(x, y)}, {}, {x, y});
  for (size_t i = 0; i < 2; ++i) {
    Values expected = values_of(eager[i]), got = values_of(found[i]);
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(got[k], expected[k], 1e-14);
  }
}

TEST(JitGradient, ReachesOuterTensorsAndWhatCameBefore) {
  Tensor weight = variable({3, 4});
  auto f = jit([&](Tensor x) { return x * weight; });
  Tensor x = variable({1, 2});
  sum(f(x * x) * 10.0).backward();
  EXPECT_EQ(values_of(weight.grad()), (Values{10, 40}));
  EXPECT_EQ(values_of(x.grad()), (Values{60, 160}));
}

TEST(JitGradient, OfGradientsThroughACompiledFunction) {
  auto cube = jit([](Tensor x) { return sum(x * x * x); });
  Tensor x = variable({3});
  Tensor first = gradients({cube(x)}, {}, {x}, {.create_graph = true})[0];
  Tensor second = gradients({first}, {}, {x}, {.create_graph = true})[0];
  Tensor third = gradients({second}, {}, {x})[0];
  EXPECT_EQ(values_of(first), Values{27});
  EXPECT_EQ(values_of(second), Values{18});
  EXPECT_EQ(values_of(third), Values{6});
}

TEST(JitGradient, OfGradientsInsideACompiledFunction) {
  auto second = jit([](Tensor x) {
    Tensor first = gradients({sum(x * x * x)}, {}, {x}, {.create_graph = true})[0];
    return gradients({sum(first)}, {}, {x})[0];
  });
  EXPECT_EQ(values_of(second(variable({2, 3}))), (Values{12, 18}));
}

TEST(JitGradient, StateThatIsOverwrittenIsKeptForGradientsOfGradients) {
  Tensor state = vector_of({2});
  auto f = jit([&](Tensor x) {
    Tensor y = sum(x * x * state);
    state.assign(state * 10.0);
    return y;
  });
  Tensor x = variable({3});
  gradients({f(x)}, {}, {x});
  EXPECT_EQ(values_of(state), Values{20});
  Tensor y = f(x);
  EXPECT_EQ(values_of(state), Values{200});
  Tensor first = gradients({y}, {}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(values_of(first), Values{120});
  EXPECT_EQ(values_of(gradients({first}, {}, {x})[0]), Values{40});
}

TEST(JitGradient, ASecondPassNeedsTheGraphToBeRetained) {
  auto f = jit([](Tensor x) { return sum(x * x); });
  Tensor x = variable({3}), y = f(x);
  y.backward({}, true);
  y.backward();
  EXPECT_EQ(values_of(x.grad()), Values{12});
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "retain_graph=True"));
}

TEST(JitGradient, WhatIsHandedThroughKeepsItsGradient) {
  Tensor weight = variable({5});
  auto f = jit([&](Tensor x) -> Tensors { return {x, weight, x.detach(), x * 2.0}; });
  Tensor x = variable({3});
  Tensors out = f(x * 1.0);
  EXPECT_FALSE(out[2].requires_grad());
  sum(out[0] * out[1] * out[3]).backward();  // 2 x^2 w
  EXPECT_EQ(values_of(x.grad()), Values{60});
  EXPECT_EQ(values_of(weight.grad()), Values{18});
}

TEST(JitGradient, InputsThatAnOutputDoesNotUseGetNoGradient) {
  auto f = jit([](Tensor x, Tensor y) -> Tensors { return {x * 2.0, y * 3.0}; });
  Tensor x = variable({1}), y = variable({1});
  Tensors out = f(x, y);
  out[0].backward();
  EXPECT_EQ(values_of(x.grad()), Values{2});
  EXPECT_FALSE(y.grad().defined());
}

TEST(JitGradient, NotInNoGrad) {
  auto f = jit([](Tensor x) { return x * 2.0; });
  Tensor x = variable({1});
  GradMode no_grad(false);
  EXPECT_FALSE(f(x).requires_grad());
}

TEST(JitGradient, WrittenStateCarriesItsGraphOn) {
  Tensor state = vector_of({1});
  auto f = jit([&](Tensor x) { state.assign(state * x); });
  Tensor x = variable({3});
  f(x);
  f(x);
  EXPECT_EQ(values_of(state), Values{9});
  EXPECT_EQ(values_of(gradients({state}, {}, {x})[0]), Values{6});
}

}  // namespace
}  // namespace mycel
