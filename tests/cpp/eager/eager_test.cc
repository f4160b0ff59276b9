// Tests the eager engine: one prepared step per kind of call.
#include "mycel/eager/eager.h"

#include <gtest/gtest.h>

#include "mycel/ops/cast.h"
#include "mycel/ops/matmul.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/slice.h"
#include "mycel/ops/where.h"
#include "mycel/tensor/context.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

TEST(Eager, ExtentsDTypesStridesAndAttributesTellCallsApart) {
  for (int64_t n : {1, 2, 7, 64, 1000}) {
    Tensor x = ones({n}, DType::kFloat64);
    EXPECT_EQ(sum(x + x).item<double>(), 2.0 * static_cast<double>(n));
    EXPECT_EQ(sum(cast(x, DType::kInt64)).item<int64_t>(), n);
  }
  Tensor x = tensor(Values{1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(values_of(sum(x, {.dim = Ints{0}})), (Values{5, 7, 9}));
  EXPECT_EQ(values_of(sum(x, {.dim = Ints{1}})), (Values{6, 15}));
  Tensor columns = transpose(x, 0, 1);
  EXPECT_EQ(values_of(columns + 0.0), (Values{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(values_of(sum(columns, {.dim = Ints{0}})), (Values{6, 15}));
}

TEST(Eager, ViewsShareTheBuffer) {
  Tensor x = tensor(Values{1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(transpose(x, 0, 1).array().buffer(), x.array().buffer());
  EXPECT_EQ(reshape(x, {3, 2}).array().buffer(), x.array().buffer());
  EXPECT_EQ(slice_dim(x, 1, 1, 3).array().buffer(), x.array().buffer());
  Tensor copied = reshape(transpose(x, 0, 1), {6});
  EXPECT_NE(copied.array().buffer(), x.array().buffer());
  EXPECT_EQ(values_of(copied), (Values{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(values_of(flip(x, {0, 1}) * 1.0), (Values{6, 5, 4, 3, 2, 1}));
}

TEST(Eager, OperandsMayBeAbsent) {
  Tensor x = vector_of({-2, 0.5, 3});
  EXPECT_EQ(values_of(clip(x, Tensor(), vector_of({1}))), (Values{-2, 0.5, 1}));
  EXPECT_EQ(values_of(clip(x, vector_of({0}), Tensor())), (Values{0, 0.5, 3}));
  EXPECT_EQ(linear(tensor(Values{1, 2}, {1, 2}), tensor(Values{3, 4}, {1, 2})).item<double>(), 11);
}

TEST(Eager, PromotionFollowsTheTable) {
  Tensor i = tensor(std::vector<int64_t>{1, 2}, {2}), f = tensor(std::vector<float>{0.5, 1}, {2});
  EXPECT_EQ((i + f).dtype(), DType::kFloat32);
  EXPECT_EQ((i + int64_t{1}).dtype(), DType::kInt64);
  EXPECT_EQ((i * 0.5).dtype(), DType::kFloat32);
  EXPECT_EQ((f + vector_of({1, 1})).dtype(), DType::kFloat64);
  EXPECT_EQ(values_of(i * f), (Values{0.5, 2}));
}

TEST(Eager, AReusedBufferIsNoOperandThatIsStillHeld) {
  Tensor x = vector_of({1, 2, 3});
  Tensor y = x + 1.0, z = y * 2.0;
  for (int i = 0; i < 10; ++i) z = z + x;
  EXPECT_EQ(values_of(y), (Values{2, 3, 4}));
  EXPECT_EQ(values_of(z), (Values{14, 26, 38}));
}

TEST(Eager, DevicesDoNotMix) {
  Tensor x = vector_of({1, 2});
  Device reference{DeviceKind::kReference};
  Tensor there = Tensor(context().engine->to_device(x.array(), reference));
  EXPECT_TRUE((there * 2.0 + there).device() == reference);
  EXPECT_EQ(values_of(there * 2.0 + there), (Values{3, 6}));
  EXPECT_TRUE(contains(error_of([&] { x + there; }), "operands on one device, got cpu and ref"));
}

}  // namespace
}  // namespace mycel
