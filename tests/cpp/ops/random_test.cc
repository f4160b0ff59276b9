#include "mycel/ops/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/cpp/ops/setup.h"

namespace mycel {
namespace {

// Known answers of Random123, by the authors of Philox, for a counter and a key of 0.
TEST(RandomBits, ArePhiloxes) {
  Tensor state = random_state(0);
  Tensor words = random_bits(state, {{1}, DType::kUInt64}).first;
  EXPECT_EQ(words.array().data<uint64_t>()[0], 0xe169c58d6627e8d5ULL);
  Tensor word = random_bits(state, {{1}, DType::kUInt32}).first;
  EXPECT_EQ(word.array().data<uint32_t>()[0], 0x6627e8d5U);
}

TEST(RandomBits, ContinueWhereTheStateStands) {
  Tensor all = random_bits(random_state(7), {{6}, DType::kUInt32}).first;
  auto [first, next] = random_bits(random_state(7), {{2, 2}, DType::kUInt32});
  Tensor rest = random_bits(next, {{2}, DType::kUInt32}).first;
  std::vector<double> joined = values_of(first);
  for (double value : values_of(rest)) joined.push_back(value);
  EXPECT_EQ(joined, values_of(all));
}

TEST(RandomFunctions, RepeatAfterTheSameSeed) {
  manual_seed(3);
  std::vector<double> first = values_of(rand({5})), second = values_of(rand({5}));
  EXPECT_NE(first, second);
  manual_seed(3);
  EXPECT_EQ(values_of(rand({5})), first);
  EXPECT_EQ(values_of(rand({5})), second);
}

TEST(RandomFunctions, LieInTheirRanges) {
  for (double value : values_of(uniform({100}, -2, 3))) {
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 3);
  }
  for (double value : values_of(randint(-2, 3, {100}))) {
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 3);
  }
}

TEST(RandomFunctions, IntegersCoverTheWholeRangeOfTheirDtype) {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
  manual_seed(1);
  std::vector<double> wide = values_of(randint(kLowest, kHighest, {1000}));
  EXPECT_LT(*std::min_element(wide.begin(), wide.end()), -0x1.8p62);
  EXPECT_GT(*std::max_element(wide.begin(), wide.end()), 0x1.8p62);
  std::vector<double> bytes = values_of(randint(-128, 128, {5000}, DType::kInt8));
  EXPECT_EQ(*std::min_element(bytes.begin(), bytes.end()), -128);
  EXPECT_EQ(*std::max_element(bytes.begin(), bytes.end()), 127);
  EXPECT_EQ(values_of(randint(kHighest - 1, kHighest, {1}, DType::kUInt64)),
            std::vector<double>{static_cast<double>(kHighest - 1)});
}

TEST(RandomFunctions, IntegersThatTheDtypeDoesNotHoldAreNotDrawn) {
  EXPECT_EQ(error_of([] { randint(0, 257, {3}, DType::kUInt8); }),
            "[randint] expects a range that uint8 holds, got 0 to 256");
  EXPECT_EQ(error_of([] { randint(-129, 0, {3}, DType::kInt8); }),
            "[randint] expects a range that int8 holds, got -129 to -1");
  EXPECT_EQ(error_of([] { randint(-1, 1, {3}, DType::kUInt64); }),
            "[randint] expects a range that uint64 holds, got -1 to 0");
}

TEST(RandomFunctions, NormalNumbersHaveTheirMoments) {
  manual_seed(1);
  double sum = 0, squares = 0;
  std::vector<double> values = values_of(normal({20000}, 1, 2, DType::kFloat64));
  for (double value : values) {
    sum += value;
    squares += (value - 1) * (value - 1);
  }
  auto n = static_cast<double>(values.size());
  EXPECT_NEAR(sum / n, 1, 0.06);
  EXPECT_NEAR(squares / n, 4, 0.15);
}

}  // namespace
}  // namespace mycel
