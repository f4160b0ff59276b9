#include "mycel/tensor/tensor.h"

#include <gtest/gtest.h>

#include "mycel/tensor/tensor_impl.h"
#include "tests/cpp/tensor/test_ops.h"

namespace mycel {
namespace {

TEST(Tensor, CopiesNameOneObjectAndAssignmentIsSeenByAll) {
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested
  Tensor x = vector_of<float>({1, 2}), name = x, other = x.snapshot();
  name.assign(vector_of<float>({3, 4}));
  EXPECT_EQ(values_of<float>(x), (std::vector<float>{3, 4}));
  EXPECT_EQ(values_of<float>(other), (std::vector<float>{1, 2}));
  EXPECT_TRUE(x.same_object(name));
  EXPECT_FALSE(x.same_object(other));
}

TEST(Tensor, AssignmentKeepsTheType) {
  Tensor x = vector_of<float>({1, 2});
  std::string message = error_of([&] { x.assign(vector_of<float>({1, 2, 3})); });
  EXPECT_TRUE(contains(message, "[assign] expects a value of type f32[2], got f32[3]")) << message;
}

TEST(Tensor, ALeafThatNeedsAGradientIsWrittenWithoutRecordingOnly) {
  Tensor x = vector_of<float>({1});
  x.set_requires_grad(true);
  EXPECT_TRUE(contains(error_of([&] { x.assign(vector_of<float>({2})); }), "mc.no_grad()"));
  {
    GradMode no_grad(false);
    x.assign(vector_of<float>({2}));
  }
  EXPECT_EQ(x.item<float>(), 2);
  EXPECT_TRUE(x.requires_grad());
  EXPECT_TRUE(x.is_leaf());
}

TEST(Tensor, ItemAndConstructionNameWhatTheyGot) {
  EXPECT_TRUE(contains(error_of([] { vector_of<float>({1, 2}).item<float>(); }), "got f32[2]"));
  EXPECT_TRUE(contains(error_of([] { tensor(std::vector<float>{1}, {2}); }),
                       "expects 2 values for shape [2], got 1"));
  EXPECT_TRUE(contains(error_of([] { Tensor().dtype(); }), "without a value"));
  EXPECT_EQ(scalar(int64_t{3}, DType::kFloat64).item<double>(), 3);
  EXPECT_TRUE(scalar(2.5, DType::kBool).item<bool>());
}

TEST(Tensor, OnlyFloatingLeavesRequireAGradient) {
  Tensor integers = tensor(std::vector<int64_t>{1}, {1});
  EXPECT_TRUE(contains(error_of([&] { integers.set_requires_grad(true); }), "got i64[1]"));
  Tensor x = vector_of<float>({1});
  x.set_requires_grad(true);
  Tensor y = t_scale(x, 3);
  EXPECT_TRUE(y.requires_grad());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_TRUE(contains(error_of([&] { y.set_requires_grad(false); }), "use detach() first"));
  EXPECT_FALSE(y.detach().requires_grad());
  x.set_requires_grad(false);
  EXPECT_FALSE(t_scale(x, 3).requires_grad());
}

TEST(Tensor, NoGradRecordsNothing) {
  Tensor x = vector_of<float>({1});
  x.set_requires_grad(true);
  GradMode no_grad(false);
  EXPECT_FALSE(t_scale(x, 3).requires_grad());
}

TEST(Tensor, GradHasTheTensorsType) {
  Tensor x = vector_of<float>({1, 2});
  EXPECT_FALSE(x.grad().defined());
  EXPECT_TRUE(
      contains(error_of([&] { x.set_grad(vector_of<float>({1})); }), "of type f32[2], got f32[1]"));
  x.set_grad(vector_of<float>({5, 6}));
  EXPECT_EQ(values_of<float>(x.grad()), (std::vector<float>{5, 6}));
}

}  // namespace
}  // namespace mycel
