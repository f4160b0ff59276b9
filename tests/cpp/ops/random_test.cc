#include "mycel/ops/random.h"

#include <gtest/gtest.h>

#include "tests/cpp/ops/setup.h"

namespace mycel {
namespace {

// The known answers of the authors' Random123 for a counter and a key of 0.
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
