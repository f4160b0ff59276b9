#include <gtest/gtest.h>

#include <cmath>

#include "mycel/nn/all.h"
#include "tests/cpp/nn/setup.h"

namespace mycel::nn {
namespace {

using Floats = std::vector<float>;

// Same shapes, same seed, same order: weight first, then bias.
TEST(Layers, AreDrawnFromTheDefaultGeneratorWithinTheBoundOfTheirFanIn) {
  manual_seed(7);
  Linear linear(100, 50);
  Conv2d conv(4, 6, {3, 5}, {.groups = 2});
  manual_seed(7);
  Floats weight = values_of<float>(uniform({50, 100}, -0.1, 0.1)),
         bias = values_of<float>(uniform({50}, -0.1, 0.1));
  EXPECT_EQ(values_of<float>(linear.weight), weight);
  EXPECT_EQ(values_of<float>(linear.bias), bias);
  EXPECT_EQ(conv.weight.shape(), (Shape{6, 2, 3, 5}));
  double bound = 1 / std::sqrt(30.0), largest = 0;
  for (float w : values_of<float>(conv.weight)) largest = std::max(largest, std::abs(double(w)));
  EXPECT_LE(largest, bound);
  EXPECT_GT(largest, 0.9 * bound);
  EXPECT_EQ(values_of<float>(Linear(0, 2).bias), (Floats{0, 0}));
}

TEST(Layers, LinearIsXTimesTheTransposedWeightPlusTheBias) {
  Linear linear(3, 2);
  linear.load_state_dict({{"weight", filled({2, 3})}, {"bias", filled({2}, 10, 10)}});
  EXPECT_EQ(values_of<float>(linear(filled({1, 3}, 1))), (Floats{0 + 2 + 6 + 10, 3 + 8 + 15 + 20}));
  EXPECT_EQ(linear(filled({2, 4, 3})).shape(), (Shape{2, 4, 2}));
  EXPECT_FALSE(Linear(3, 2, {.bias = false}).bias.defined());
  EXPECT_EQ(Linear(3, 2, {.dtype = DType::kFloat64}).weight.dtype(), DType::kFloat64);
}

TEST(Layers, Conv2dTakesItsOptionsByName) {
  Tensor x = filled({2, 4, 8, 8});
  EXPECT_EQ(Conv2d(4, 6, 5)(x).shape(), (Shape{2, 6, 4, 4}));
  EXPECT_EQ(Conv2d(4, 6, 5, {.padding = {2, 2}})(x).shape(), (Shape{2, 6, 8, 8}));
  EXPECT_EQ(Conv2d(4, 6, 5, {.padding = "same"})(x).shape(), (Shape{2, 6, 8, 8}));
  EXPECT_EQ(Conv2d(4, 6, {3, 1}, {.stride = {2, 1}, .groups = 2})(x).shape(), (Shape{2, 6, 3, 8}));
  EXPECT_EQ(Conv2d(4, 6, 3, {.dilation = 2})(x).shape(), (Shape{2, 6, 4, 4}));
  EXPECT_TRUE(contains(error_of([] { Conv2d(4, 6, 3, {.groups = 4}); }), "got 4 for 4 and 6"));
}

TEST(Layers, PoolingTakesTheMaximumOrTheMean) {
  Tensor x = filled({1, 1, 4, 4});
  EXPECT_EQ(values_of<float>(MaxPool2d(2)(x)), (Floats{5, 7, 13, 15}));
  EXPECT_EQ(values_of<float>(AvgPool2d(2)(x)), (Floats{2.5, 4.5, 10.5, 12.5}));
  EXPECT_EQ(MaxPool2d(3, {.stride = 1, .padding = 1})(x).shape(), (Shape{1, 1, 4, 4}));
}

TEST(Layers, BatchNormMovesItsStatisticsInTrainingOnly) {
  BatchNorm2d norm(2, {.momentum = 0.5});
  Tensor x = filled({2, 2, 1, 2});  // channels {0, 1, 4, 5} and {2, 3, 6, 7}
  Tensor y = norm(x);
  EXPECT_NEAR(values_of<float>(y)[0], -2.5 / std::sqrt(4.25 + 1e-5), 1e-6);
  EXPECT_EQ(values_of<float>(norm.running_mean), (Floats{1.25, 2.25}));
  EXPECT_NEAR(values_of<float>(norm.running_var)[0], 0.5 + 0.5 * 17 / 3, 1e-6);
  EXPECT_EQ(norm.num_batches_tracked.item<int64_t>(), 1);
  EXPECT_FALSE(norm.running_mean.requires_grad());
  norm.eval();
  y = norm(x);
  EXPECT_NEAR(values_of<float>(y)[0], -1.25 / std::sqrt(0.5 + 8.5 / 3 + 1e-5), 1e-6);
  EXPECT_EQ(norm.num_batches_tracked.item<int64_t>(), 1);
  EXPECT_TRUE(contains(error_of([&] { norm(filled({2, 2})); }), "expects input (N, C, H, W)"));
}

TEST(Layers, LayerNormIsOverTheTrailingDims) {
  LayerNorm norm({2, 2});
  Floats y = values_of<float>(norm(filled({3, 2, 2})));
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(y[static_cast<size_t>(4 * i)], -1.5 / std::sqrt(1.25), 1e-4);
  EXPECT_EQ(norm.weight.shape(), (Shape{2, 2}));
  EXPECT_EQ(LayerNorm(5).bias.shape(), Shape{5});
}

TEST(Layers, EmbeddingLooksUpRows) {
  Embedding table(4, 2, {.padding_idx = -1});
  Floats weight = values_of<float>(table.weight);
  EXPECT_EQ(weight[6], 0);
  EXPECT_EQ(weight[7], 0);
  Tensor out = table(tensor(std::vector<int64_t>{2, 3, 2}, {3}));
  EXPECT_EQ(values_of<float>(out), (Floats{weight[4], weight[5], 0, 0, weight[4], weight[5]}));
  sum(out).backward();
  EXPECT_EQ(values_of<float>(table.weight.grad()), (Floats{0, 0, 0, 0, 2, 2, 0, 0}));
  EXPECT_TRUE(contains(error_of([] { Embedding(4, 2, {.padding_idx = 4}); }), "4 rows, got 4"));
}

TEST(Layers, DropoutIsOnInTrainingOnlyAndFollowsTheSeed) {
  Dropout dropout(0.25);
  Tensor x = ones({1000});
  manual_seed(3);
  Floats first = values_of<float>(dropout(x));
  manual_seed(3);
  EXPECT_EQ(values_of<float>(dropout(x)), first);
  EXPECT_NE(values_of<float>(dropout(x)), first);
  auto zeros = std::count(first.begin(), first.end(), 0.0f);
  EXPECT_GT(zeros, 200);
  EXPECT_LT(zeros, 300);
  EXPECT_NEAR(*std::max_element(first.begin(), first.end()), 4.0 / 3, 1e-6);
  dropout.eval();
  EXPECT_EQ(values_of<float>(dropout(x)), Floats(1000, 1));
  EXPECT_TRUE(contains(error_of([] { Dropout(1.5); }), "p in [0, 1], got 1.5"));
}

TEST(Layers, SequentialRunsModulesAndFunctions) {
  Sequential model{Flatten(), Linear(4, 3), ReLU(), [](const Tensor& x) { return x * 2.0; },
                   Sequential{Linear(3, 1)}};
  EXPECT_EQ(model.size(), 5u);
  Named named = model.named_parameters();
  ASSERT_EQ(named.size(), 4u);
  EXPECT_EQ(named[0].first, "1.weight");
  EXPECT_EQ(named[2].first, "4.0.weight");
  EXPECT_EQ(model(filled({5, 2, 2})).shape(), (Shape{5, 1}));
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested
  Sequential copy = model;
  EXPECT_EQ(copy.size(), 5u);
  EXPECT_EQ(values_of<float>(copy(filled({1, 4}))), values_of<float>(model(filled({1, 4}))));
}

}  // namespace
}  // namespace mycel::nn
