// Tests that views are derived from their base and written through to it.
#include "mycel/tensor/view.h"

#include <gtest/gtest.h>

#include "mycel/tensor/trace.h"
#include "tests/cpp/tensor/test_ops.h"

namespace mycel {
namespace {

using Floats = std::vector<float>;

Tensor matrix() { return tensor(Floats{1, 2, 3, 4}, {2, 2}); }
Floats read(const Tensor& x) { return values_of<float>(x); }

TEST(View, SharesTheArrayOfItsBaseAndKeepsItAlive) {
  Tensor x = matrix(), row = t_row(x, 1);
  EXPECT_EQ(row.array().buffer(), x.array().buffer());
  x = Tensor();
  EXPECT_EQ(read(row), (Floats{3, 4}));
}

TEST(View, AWriteToTheBaseIsSeenByItsViews) {
  Tensor x = matrix(), row = t_row(x, 1), all = t_same(x);
  x.assign(tensor(Floats{5, 6, 7, 8}, {2, 2}));
  EXPECT_EQ(read(row), (Floats{7, 8}));
  EXPECT_EQ(read(all), (Floats{5, 6, 7, 8}));
}

TEST(View, AWriteToAViewIsSeenByItsBasesAndTheirViews) {
  Tensor x = matrix(), all = t_same(x), row = t_row(all, 0), other = t_row(x, 0);
  row.assign(vector_of<float>({8, 9}));
  EXPECT_EQ(read(row), (Floats{8, 9}));
  EXPECT_EQ(read(all), (Floats{8, 9, 3, 4}));
  EXPECT_EQ(read(x), (Floats{8, 9, 3, 4}));
  EXPECT_EQ(read(other), (Floats{8, 9}));
}

TEST(View, AWriteStaysInTheBufferThatOnlyTheFamilyHolds) {
  Tensor x = matrix(), row = t_row(x, 0), other = t_row(x, 1);
  const void* before = x.array().raw();
  row.assign(vector_of<float>({8, 9}));
  EXPECT_EQ(x.array().raw(), before);
  EXPECT_EQ(read(other), (Floats{3, 4}));
}

TEST(View, AWriterMovesWhereAnotherTensorHoldsTheBuffer) {
  Tensor x = matrix(), kept = x.snapshot(), row = t_row(x, 0);
  row.assign(vector_of<float>({8, 9}));
  EXPECT_EQ(read(kept), (Floats{1, 2, 3, 4}));
  EXPECT_EQ(read(x), (Floats{8, 9, 3, 4}));
}

TEST(View, AWriteOfElementsOfItsOwnBaseReadsThemFirst) {
  Tensor x = matrix();
  t_row(x, 0).assign(t_row(x, 1));
  EXPECT_EQ(read(x), (Floats{3, 4, 3, 4}));
}

TEST(View, DropsItsArrayAndKeepsItsType) {
  Tensor x = matrix(), row = t_row(x, 0);
  drop_cached_views(*x.object());
  EXPECT_TRUE(x.array().buffer()->unique());
  EXPECT_EQ(ir::to_string(row.type()), "f32[2]");
  EXPECT_TRUE(row.device() == x.device());
  EXPECT_EQ(read(row), (Floats{1, 2}));
}

TEST(View, AWriteOfATensorWithGradientGivesItToTheWholeFamily) {
  Tensor value = vector_of<float>({5, 6});
  value.set_requires_grad(true);
  Tensor x = matrix(), row = t_row(x, 0);
  row.assign(t_scale(value, 3));
  EXPECT_TRUE(x.requires_grad());
  EXPECT_TRUE(row.requires_grad());
  EXPECT_TRUE(t_row(x, 1).requires_grad());
  EXPECT_EQ(read(x), (Floats{15, 18, 3, 4}));
}

TEST(View, OfALeafIsWrittenWithoutRecordingOnly) {
  Tensor x = matrix();
  x.set_requires_grad(true);
  Tensor row = t_row(x, 0);
  EXPECT_TRUE(
      contains(error_of([&] { row.assign(vector_of<float>({8, 9})); }), "or a view of one"));
  GradMode no_grad(false);
  row.assign(vector_of<float>({8, 9}));
  EXPECT_EQ(read(x), (Floats{8, 9, 3, 4}));
  EXPECT_TRUE(x.is_leaf());
  EXPECT_TRUE(x.requires_grad());
}

TEST(View, ADetachedOneWritesTheValueAndLeavesTheGradient) {
  Tensor x = matrix();
  x.set_requires_grad(true);
  Tensor y = t_scale(x, 1);
  t_row(x.detach(), 0).assign(vector_of<float>({8, 9}));
  t_row(y.detach(), 1).assign(vector_of<float>({6, 7}));
  EXPECT_EQ(read(x), (Floats{8, 9, 3, 4}));
  EXPECT_TRUE(x.is_leaf());
  EXPECT_EQ(read(y), (Floats{1, 2, 6, 7}));
  EXPECT_TRUE(y.requires_grad());
  EXPECT_FALSE(x.detach().requires_grad());
}

TEST(View, IsDerivedInTheGradientModeOfItsCreation) {
  Tensor x = matrix();
  x.set_requires_grad(true);
  Tensor recorded = t_row(x, 0), silent;
  {
    GradMode no_grad(false);
    silent = t_row(x, 0);
    x.assign(tensor(Floats{5, 6, 7, 8}, {2, 2}));
    EXPECT_TRUE(recorded.requires_grad());
  }
  EXPECT_FALSE(silent.requires_grad());
  EXPECT_EQ(read(silent), read(recorded.detach()));
}

TEST(View, ANewBaseLeavesEarlierViewsTheOldValue) {
  Tensor x = matrix(), row = t_row(x, 0), all = t_same(x);
  rebase(*x.object(), {vector_of<float>({7}).state().payload, {}});
  EXPECT_EQ(read(x), Floats{7});
  row.assign(vector_of<float>({8, 9}));
  EXPECT_EQ(read(all), (Floats{8, 9, 3, 4}));
  EXPECT_EQ(read(x), Floats{7});
}

TEST(View, WithANewBaseIsNoViewAnyMore) {
  Tensor x = matrix(), row = t_row(x, 0), of_row = t_same(row);
  rebase(*row.object(), {vector_of<float>({8, 9}).state().payload, {}});
  EXPECT_EQ(read(x), (Floats{1, 2, 3, 4}));
  of_row.assign(vector_of<float>({5, 6}));
  EXPECT_EQ(read(x), (Floats{5, 6, 3, 4}));
  EXPECT_EQ(read(row), (Floats{8, 9}));
}

TEST(View, ALoopOfViewsMakesNoChain) {
  Tensor x = matrix();
  for (int i = 0; i < 10; ++i) x = t_same(t_same(x));
  EXPECT_FALSE(x.object()->view->base.object()->view);
}

TEST(View, ALongChainIsReadWrittenAndFreedInALoop) {
  Tensor x = tensor(Floats(4, 1), {2, 2}), at = x;
  for (int i = 0; i < 300'000; ++i) {
    Tensor next = at.snapshot();
    connect(next, at,
            {.op = OpOf<TSame>::def,
             .attributes =
                 ir::Attributes::make(OpOf<TSame>::def->attributes, std::make_shared<TSame>()),
             .recorded = i % 2 == 0},
            0);
    at = next;
  }
  x.assign(tensor(Floats(4, 3), {2, 2}));
  EXPECT_EQ(read(at), Floats(4, 3));
  at = Tensor();
}

TEST(View, InATraceReadsAndWritesTheSlotOfItsRoot) {
  Tensor x = matrix(), outer = t_row(x, 1);
  OwnedTrace trace("f");
  {
    TraceScope scope(*trace);
    t_row(x, 0).assign(t_scale(outer, 2));
    outer.assign(t_scale(t_row(x, 0), 2));
    EXPECT_TRUE(outer.is_traced());
  }
  ASSERT_EQ(trace->inputs().size(), 1U);
  EXPECT_TRUE(trace->find_slot(*x.object())->written);
  EXPECT_FALSE(trace->find_slot(*outer.object())->input);
  EXPECT_EQ(read(x), (Floats{1, 2, 3, 4}));
  EXPECT_EQ(read(outer), (Floats{3, 4}));
}

}  // namespace
}  // namespace mycel
