// Views as arguments and results of compiled functions.
#include <gtest/gtest.h>

#include "mycel/autodiff/backward.h"
#include "mycel/jit/jit.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/slice.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

TEST(JitViews, AWrittenArgumentIsWrittenInItsBase) {
  auto f = jit([](Tensor x) { x.assign(x * 2.0); });
  Tensor base = vector_of({1, 2, 3});
  f(slice_dim(base, 0, 0, 2));
  EXPECT_EQ(values_of(base), (Values{2, 4, 3}));
  f(slice_dim(base, 0, 1, 3));
  EXPECT_EQ(values_of(base), (Values{2, 8, 6}));
  EXPECT_EQ(f.cache().compilations(), 1);
}

TEST(JitViews, OneTensorGivenTwiceSeesItsWrites) {
  auto f = jit([](Tensor x, Tensor y) {
    x.assign(x * 2.0);
    return y + 1.0;
  });
  Tensor x = vector_of({1, 2});
  EXPECT_EQ(values_of(f(x, vector_of({5, 6}))), (Values{6, 7}));
  EXPECT_EQ(values_of(f(x, x)), (Values{5, 9}));
  EXPECT_EQ(values_of(f(x, x)), (Values{9, 17}));
  EXPECT_EQ(values_of(f(x, vector_of({5, 6}))), (Values{6, 7}));
  EXPECT_EQ(f.cache().compilations(), 2);
}

TEST(JitViews, BasesThatArgumentsShareAreAllFoundByOneTrace) {
  int traces = 0;
  auto f = jit([&](Tensor a, Tensor b, Tensor c, Tensor d) {
    ++traces;
    for (const Tensor& part : {a, b, c, d}) part.assign(part + 1.0);
  });
  Tensor x = vector_of({0, 0, 0}), y = vector_of({5, 5, 5});
  auto part = [](const Tensor& of, int64_t start) { return slice_dim(of, 0, start, start + 2); };
  f(part(x, 0), part(x, 1), part(y, 0), part(y, 1));
  EXPECT_EQ(values_of(x), (Values{1, 2, 1}));
  EXPECT_EQ(values_of(y), (Values{6, 7, 6}));
  EXPECT_EQ(traces, 2);
}

TEST(JitViews, ResultsAreTheArgumentsAndViewsThatTheyAreInEagerMode) {
  auto f = jit([](Tensor x) -> Tensors {
    Tensor y = x * 3.0;
    return {x, slice_dim(x, 0, 1, 2), y, slice_dim(y, 0, 0, 1)};
  });
  Tensor x = vector_of({1, 2});
  Tensors results = f(x);
  EXPECT_TRUE(results[0].same_object(x));
  results[1].assign(vector_of({7}));
  EXPECT_EQ(values_of(x), (Values{1, 7}));
  results[3].assign(vector_of({8}));
  EXPECT_EQ(values_of(results[2]), (Values{8, 6}));
}

TEST(JitViews, AnErrorOfAnOverlappingViewComesBeforeAnythingIsWritten) {
  Tensor outer = vector_of({0});
  auto f = jit([&](Tensor x) {
    outer.assign(outer + 1.0);
    x.assign(x + 1.0);
  });
  Tensor base = vector_of({1});
  EXPECT_TRUE(contains(error_of([&] { f(expand(base, {3})); }), "one element of its base"));
  EXPECT_EQ(values_of(outer), Values{0});
  EXPECT_EQ(values_of(base), Values{1});
}

TEST(JitViews, GradientsOfGradientsStopWhereTheFunctionDetaches) {
  auto f = jit([](Tensor x) { return sum(x.detach() * x * x); });
  Tensor x = variable({3});
  Tensor first = gradients({f(x)}, {}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(values_of(first), Values{18});
  EXPECT_EQ(values_of(gradients({first}, {}, {x})[0]), Values{6});
}

}  // namespace
}  // namespace mycel
