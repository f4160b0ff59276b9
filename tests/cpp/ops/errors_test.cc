// Pins the error messages that users see, word by word.
#include <gtest/gtest.h>

#include "mycel/ir/text.h"
#include "mycel/ops/concatenate.h"
#include "mycel/ops/conv.h"
#include "mycel/ops/loss.h"
#include "mycel/ops/matmul.h"
#include "mycel/ops/norm.h"
#include "mycel/ops/pool.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "tests/cpp/ops/setup.h"

namespace mycel {
namespace {

Tensor f32(const Dims& shape) { return zeros(shape); }

TEST(Errors, OfShapes) {
  EXPECT_EQ(error_of([] { f32({2, 3}) + f32({4}); }),
            "[add] expects shapes that broadcast: aligned at the right, each pair of dims is equal "
            "or one of them is 1; got [2, 3] and [4]");
  EXPECT_EQ(error_of([] { matmul(f32({2, 3}), f32({4, 5})); }),
            "[matmul] expects tensors of at least 1 dim, the last dim of input as long as the "
            "second to last (or only) dim of other, got input f32[2,3] and other f32[4,5]");
  EXPECT_EQ(
      error_of([] { linear(f32({2, 3}), f32({5, 4})); }),
      "[linear] expects input (..., in), weight (out, in) and bias (out), got input f32[2,3], "
      "weight f32[5,4] and bias none");
  EXPECT_EQ(error_of([] { reshape(f32({2, 3}), {4}); }),
            "[reshape] expects a shape of 6 elements, as input f32[2,3] has, got [4]");
  EXPECT_EQ(error_of([] { reshape(f32({2, 3}), {-1, -1}); }),
            "[reshape] expects at most one -1 in the shape, got [-1, -1]");
  EXPECT_EQ(error_of([] { permute(f32({2, 3}), {0, 0}); }),
            "[permute] expects every dim once, got dim 0 twice in [0, 0]");
  EXPECT_EQ(
      error_of([] { expand(f32({2, 3}), {4, 3}); }),
      "[expand] expects a shape in which only dims of extent 1 change, got input f32[2,3] and "
      "shape [4, 3]");
  EXPECT_EQ(
      error_of([] { concatenate({f32({2, 3}), f32({2, 4})}); }),
      "[concatenate] expects tensors that differ only along dim 0, got f32[2,3] and f32[2,4]");
}

TEST(Errors, OfListsOfTensorsOfOtherRanks) {
  Tensor vector = f32({3}), matrix = f32({3, 4});
  for (const Tensors& list : {Tensors{vector, matrix}, Tensors{matrix, vector}}) {
    for (int64_t dim : {-1, 1}) {
      EXPECT_NE(error_of([&] { concatenate(list, dim); }).find("differ only along dim 1"),
                std::string::npos);
    }
  }
}

TEST(Errors, OfReductions) {
  EXPECT_EQ(error_of([] { sum(f32({2, 3}), {.dim = Ints{0, 0}}); }),
            "[sum] expects every dim once, got dim 0 twice in [0, 0]");
  EXPECT_EQ(error_of([] { amax(f32({2, 0})); }),
            "[amax] expects at least one element along dim 1, got input f32[2,0]");
  EXPECT_EQ(error_of([] { mean(zeros({2}, DType::kInt64)); }),
            "[mean] expects a floating-point input, or dtype=mc.float32, got input i64[2]");
}

// The text of a program may contain any numbers.
TEST(Errors, OfWindowsInATextWithoutPairsOfPositiveNumbers) {
  for (const char* window :
       {"kernel = [2], stride = [2]", "kernel = [-1, -1]", "stride = [1, 0]", "padding = [0, -1]",
        "kernel = [1099511627776, 1099511627776]", "dilation = [-1, -1]"}) {
    auto raises = [&](const char* text) {
      std::string error =
          error_of([&] { ir::parse_module(fmt::format(fmt::runtime(text), window)); });
      EXPECT_NE(error.find("expects pairs of numbers"), error.npos) << window << ": " << error;
    };
    raises(
        "func @f(%x: f32[1,1,4,4]) -> () {{\n"
        "  %y, %p = max_pool2d(%x) {{{}}} : (f32[1,1,2,2], u8[1,1,2,2])\n  return\n}}");
    raises(
        "func @f(%g: f32[1,1,2,2], %p: u8[1,1,2,2]) -> () {{\n"
        "  %y = max_pool2d_gradient(%g, %p) {{{}, size = [4, 4]}} : f32[1,1,4,4]\n  return\n}}");
  }
}

TEST(Errors, OfWindows) {
  EXPECT_EQ(error_of([] { conv2d(f32({8, 3, 32, 32}), f32({6, 1, 5, 5})); }),
            "[conv2d] expects the channels of input and weight to agree: input is f32[8,3,32,32], "
            "weight is f32[6,1,5,5] with groups=1, so input needs 1 channel(s)");
  EXPECT_EQ(error_of([] {
              conv2d(f32({1, 1, 8, 8}), f32({1, 1, 3, 3}), {},
                     {.stride = {2}, .padding = std::string("same")});
            }),
            "[conv2d] expects stride 1 with padding=\"same\", got [2, 2]");
  EXPECT_EQ(error_of([] { max_pool2d(f32({1, 1, 4, 4}), {.kernel_size = {2}, .padding = {2}}); }),
            "[max_pool2d] expects padding of at most half the kernel, got padding=[2, 2] and "
            "kernel_size=[2, 2]");
}

TEST(Errors, OfLayersAndLosses) {
  EXPECT_EQ(error_of([] { layer_norm(f32({2, 3}), {4}); }),
            "[layer_norm] expects an input whose last dims are [4], got f32[2,3]");
  EXPECT_EQ(error_of([] { batch_norm(f32({2, 3}), {}, {}); }),
            "[batch_norm] expects running_mean and running_var when not training, got none");
  EXPECT_EQ(error_of([] { nll_loss(f32({2, 3}), zeros({4}, DType::kInt64)); }),
            "[nll_loss] expects a target of classes of shape [2] for input f32[2,3], got i64[4]");
  EXPECT_EQ(error_of([] { nll_loss(f32({2, 3}), tensor(std::vector<int64_t>{0, 3}, {2})); }),
            "[nll_loss] expects indices in [0, 3), got 3");
}

TEST(Errors, OfNumbers) {
  EXPECT_EQ(error_of([] { full({2}, int64_t{300}, DType::kInt8); }),
            "[full] expects a number that int8 holds, got 300");
  EXPECT_EQ(error_of([] { zeros({2}, DType::kUInt8) + int64_t{-1}; }),
            "[add] expects a number that uint8 holds, got -1");
}

}  // namespace
}  // namespace mycel
