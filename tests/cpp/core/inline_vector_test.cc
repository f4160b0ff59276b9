#include "mycel/base/inline_vector.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "mycel/core/dim.h"

namespace mycel {
namespace {

using Words = InlineVector<std::string, 2>;

const std::string kLong(100, 'x');

TEST(InlineVector, GrowsBeyondItsInlineElements) {
  Words words;
  for (int i = 0; i < 50; ++i) words.push_back(kLong + std::to_string(i));
  ASSERT_EQ(words.size(), 50u);
  for (size_t i = 0; i < 50; ++i) EXPECT_EQ(words[i], kLong + std::to_string(i));
  words.resize(1);
  EXPECT_EQ(words, Words{kLong + "0"});
}

TEST(InlineVector, CopiesAndMovesInlineAndHeapElements) {
  for (size_t size : {0, 1, 2, 3, 9}) {
    Words words(size, kLong);
    Words copy = words, moved = std::move(copy), assigned{"a", "b", "c"};
    EXPECT_EQ(moved, words);
    assigned = moved;
    EXPECT_EQ(assigned, words);
    assigned = std::move(moved);
    EXPECT_EQ(assigned, words);
  }
}

TEST(InlineVector, AnElementMayBeAppendedAgain) {
  Words words{kLong, "b"};
  words.push_back(words[0]);
  EXPECT_EQ(words, (Words{kLong, "b", kLong}));
}

TEST(InlineVector, InsertsAndErases) {
  InlineVector<int64_t, 3> numbers{1, 4};
  numbers.insert(numbers.begin() + 1, 2);
  EXPECT_EQ(numbers, (InlineVector<int64_t, 3>{1, 2, 4}));
  int more[] = {7, 8, 9};
  numbers.insert(numbers.begin() + 2, more, more + 3);
  EXPECT_EQ(numbers, (InlineVector<int64_t, 3>{1, 2, 7, 8, 9, 4}));
  numbers.erase(numbers.begin());
  EXPECT_EQ(numbers, (InlineVector<int64_t, 3>{2, 7, 8, 9, 4}));
}

TEST(InlineVector, DestroysEveryElementOnce) {
  auto counted = std::make_shared<int>(0);
  {
    InlineVector<std::shared_ptr<int>, 2> all(3, counted);
    all.pop_back();
    all.push_back(counted);
    all.erase(all.begin());
    EXPECT_EQ(counted.use_count(), 3);
    EXPECT_EQ(std::move(all)[0], counted);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

template <class>
size_t size_in_a_template() {
  return Dims{2}.size();  // Clang 19 drops the braces of what does not depend on the parameter
}

TEST(InlineVector, OneNumberInBracesIsOneElement) {
  EXPECT_EQ(size_in_a_template<int>(), 1u);
  EXPECT_EQ((Dims{2, 3}.size()), 2u);
}

}  // namespace
}  // namespace mycel
