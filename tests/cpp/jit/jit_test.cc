#include "mycel/jit/jit.h"

#include <gtest/gtest.h>

#include <thread>

#include "mycel/ops/reduce.h"
#include "mycel/ops/trigonometry.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/trace.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

TEST(Jit, AgreesWithEagerAndCompilesOnce) {
  auto f = [](Tensor x, Tensor y) { return tanh(x * y + 1.0) / (x + 2.0); };
  auto compiled = jit(f);
  for (double scale : {1.0, 2.0, 3.0}) {
    Tensor x = vector_of({0.5 * scale, 1, 2}), y = vector_of({3, -1, scale});
    EXPECT_EQ(values_of(compiled(x, y)), values_of(f(x, y)));
  }
  EXPECT_EQ(compiled.cache().compilations(), 1);
  EXPECT_TRUE(contains(compiled.cache().info().traced, "tanh"));
}

TEST(Jit, TypesModesAndGradientsAreKeys) {
  auto f = jit([](Tensor x) { return x * 2.0; });
  f(vector_of({1, 2}));
  f(vector_of({1, 2, 3}));
  f(tensor(std::vector<float>{1, 2}, {2}));
  EXPECT_EQ(f.cache().compilations(), 3);
  f(variable({1, 2}));
  EXPECT_EQ(f.cache().compilations(), 4);
  {
    GradMode no_grad(false);
    EXPECT_FALSE(f(variable({1, 2})).requires_grad());
  }
  EXPECT_EQ(f.cache().compilations(), 5);
  f(vector_of({7, 8}));
  EXPECT_EQ(f.cache().compilations(), 5);
}

TEST(Jit, ReturnsNothingOneOrSeveral) {
  Tensor seen = vector_of({0});
  auto nothing = jit([&](Tensor x) { seen.assign(x); });
  nothing(vector_of({4}));
  EXPECT_EQ(values_of(seen), Values{4});
  auto several = jit([](Tensor x) -> Tensors { return {x, x + 1.0, x}; });
  Tensors out = several(vector_of({4}));
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(values_of(out[1]), Values{5});
  EXPECT_EQ(values_of(out[2]), Values{4});
}

TEST(Jit, InsideAnotherIsInlined) {
  auto inner = jit([](Tensor x) { return x * x; });
  auto outer = jit([&](Tensor x) { return inner(x) + inner(x); });
  EXPECT_EQ(values_of(outer(vector_of({3}))), Values{18});
  EXPECT_EQ(inner.cache().compilations(), 0);
}

TEST(Jit, AnErrorInTheBodyLeavesNothingBehind) {
  Tensor state = vector_of({1});
  bool wrong = true;
  auto f = jit([&](Tensor x) {
    state.assign(state + x);
    if (wrong) fail(Code::kValue, "[test] expects nothing, got something");
    return state * 1.0;
  });
  EXPECT_TRUE(contains(error_of([&] { f(vector_of({1})); }), "[test]"));
  EXPECT_EQ(values_of(state), Values{1});
  EXPECT_FALSE(state.is_traced());
  wrong = false;
  EXPECT_EQ(values_of(f(vector_of({1}))), Values{2});
}

TEST(Jit, ErrorsOfOperationsAreThoseOfEagerMode) {
  auto f = jit([](Tensor x, Tensor y) { return x + y; });
  Tensor x = vector_of({1, 2}), y = vector_of({1, 2, 3});
  EXPECT_EQ(error_of([&] { f(x, y); }), error_of([&] { x + y; }));
  EXPECT_TRUE(contains(error_of([&] { f(x, Tensor()); }), "without a value"));
}

TEST(Jit, AValueIsNeededOnlyOutside) {
  auto f = jit([](Tensor x) { return x * x.item<double>(); });
  EXPECT_TRUE(
      contains(error_of([&] { f(vector_of({1})); }), "[item] expects a tensor with a value"));
}

TEST(Jit, NumbersAreAskedForAtEachCall) {
  double rate = 1;
  auto f = jit([&](Tensor x) {
    return x * context().trace->number(&rate, "rate", DType::kFloat64, [&] { return rate; });
  });
  for (; rate < 5; ++rate) EXPECT_EQ(values_of(f(vector_of({2}))), Values{2 * rate});
  EXPECT_EQ(f.cache().compilations(), 1);
}

TEST(Jit, AGuardThatFailsIsAnotherCompilation) {
  int64_t mode = 1;
  auto f = jit([&](Tensor x) {
    context().trace->guard([&mode, traced = mode] { return mode == traced; });
    return x * mode;
  });
  EXPECT_EQ(values_of(f(vector_of({2}))), Values{2});
  mode = 3;
  EXPECT_EQ(values_of(f(vector_of({2}))), Values{6});
  mode = 1;
  EXPECT_EQ(values_of(f(vector_of({2}))), Values{2});
  EXPECT_EQ(f.cache().compilations(), 2);
}

TEST(Jit, StridedAndSharedInputsAreReadAsTheyAre) {
  auto f = jit([](Tensor x, Tensor y) { return x - y; });
  Tensor base = tensor(Values{1, 2, 3, 4, 5, 6}, {2, 3});
  NDArray columns = base.array().view({3, 2}, {1, 3}, 0);
  EXPECT_EQ(values_of(f(Tensor(columns), Tensor(columns))), Values(6, 0.0));
  NDArray reversed = base.array().view({3, 2}, {-1, -3}, 5);
  EXPECT_EQ(values_of(f(Tensor(columns), Tensor(reversed))), (Values{-5, 1, -3, 3, -1, 5}));
  EXPECT_EQ(f.cache().compilations(), 1);
}

TEST(Jit, EmptyAndZeroDimensional) {
  auto f = jit([](Tensor x) -> Tensors { return {x * 2.0, sum(x)}; });
  Tensors empty = f(tensor(Values{}, {0, 3}));
  EXPECT_EQ(empty[0].shape(), (Shape{0, 3}));
  EXPECT_EQ(values_of(empty[1]), Values{0});
  EXPECT_EQ(values_of(f(scalar(4.0, DType::kFloat64))[0]), Values{8});
}

TEST(Jit, FourThreadsCallOneFunction) {
  Tensor weight = vector_of({1, 2, 3}), count = vector_of({0});
  auto f = jit([&](Tensor x) {
    count.assign(count + 1.0);
    return sum(x * weight);
  });
  auto pure = jit([&](Tensor x) { return sum(x * weight); });
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        Tensor x = vector_of({1.0 * t, 1.0 * i, 1});
        Values expected{t + 2.0 * i + 3};
        wrong[static_cast<size_t>(t)] += values_of(f(x)) != expected;
        wrong[static_cast<size_t>(t)] += values_of(pure(x)) != expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
  EXPECT_EQ(values_of(count), Values{200});
  EXPECT_EQ(f.cache().compilations(), 1);
}

TEST(Jit, RunsOnTheDeviceOfItsArguments) {
  auto f = jit([](Tensor x, Tensor y) { return x * y + 1.0; });
  Device reference{DeviceKind::kReference};
  auto move = [&](const Tensor& x) {
    return Tensor(context().engine->to_device(x.array(), reference));
  };
  Tensor x = vector_of({1, 2}), y = vector_of({3, 4});
  Tensor out = f(move(x), move(y));
  EXPECT_TRUE(out.device() == reference);
  EXPECT_EQ(values_of(out), values_of(f(x, y)));
  EXPECT_TRUE(contains(error_of([&] { f(x, move(y)); }), "on one device"));
}

TEST(Jit, WhatIsMadeInsideIsWhereTheFunctionRuns) {
  Device reference{DeviceKind::kReference}, cpu{};
  Tensor there(context().engine->to_device(vector_of({1, 2}).array(), reference));
  std::vector<Device> seen;
  auto note = [&](const Tensor& x) {
    Tensor made = full({2}, 3.0, DType::kFloat64);
    seen = {x.device(), made.device(), context().device};
    return x * made + 1.0;
  };
  auto of_argument = jit(note);
  auto of_outer = jit([&] { return note(there * 1.0); });
  for (const Tensor& result : {of_argument(there), of_outer()}) {
    EXPECT_TRUE(result.device() == reference);
    EXPECT_EQ(values_of(result), (Values{4, 7}));
    for (Device device : seen) EXPECT_TRUE(device == reference);
  }
  EXPECT_TRUE(context().device == cpu);
  EXPECT_TRUE(of_argument(vector_of({1, 2})).device() == cpu);
  for (Device device : seen) EXPECT_TRUE(device == cpu);
}

TEST(Jit, OuterTensorsOfTwoDevicesAreRefused) {
  Device reference{DeviceKind::kReference};
  Tensor here = vector_of({1, 2});
  Tensor there(context().engine->to_device(here.array(), reference));
  auto f = jit([&] { return here + there; });
  EXPECT_TRUE(
      contains(error_of([&] { f(); }), "on one device in a compiled function, got cpu and"));
  EXPECT_TRUE(context().device == Device{});
}

}  // namespace
}  // namespace mycel
