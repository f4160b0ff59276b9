#include "mycel/base/index_table.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

int comparisons = 0;

struct Key {
  uint64_t word;
  friend bool operator==(const Key& a, const Key& b) {
    ++comparisons;
    return a.word == b.word;
  }
};

}  // namespace

template <>
struct std::hash<Key> {
  size_t operator()(const Key& key) const { return key.word; }
};

namespace mycel {
namespace {

TEST(IndexTable, NumbersKeysInTheirOrder) {
  IndexTable<int> table(4);
  EXPECT_EQ(table.add(7), 0u);
  EXPECT_EQ(table.add(9), 1u);
  EXPECT_EQ(table.add(7), 0u);
  EXPECT_EQ(table.find(9), 1u);
  EXPECT_EQ(table.find(8), IndexTable<int>::kNone);
  EXPECT_EQ(table.size(), 2u);
}

// Objects of one type lie at regular distances.
TEST(IndexTable, ComparesAFewKeysHoweverManyThereAre) {
  for (uint64_t distance : {uint64_t{16}, uint64_t{208}, uint64_t{4096}}) {
    constexpr size_t kMany = 10000;
    IndexTable<Key> table(kMany);
    comparisons = 0;
    for (int times = 0; times < 2; ++times) {
      for (uint64_t i = 0; i < kMany; ++i) EXPECT_EQ(table.add({i * distance}), i);
    }
    EXPECT_LT(comparisons, static_cast<int>(10 * kMany)) << distance;
  }
}

TEST(IndexTable, ForgetsALongListOfAnEarlierOne) {
  for (int times = 0; times < 2; ++times) {
    IndexTable<int> table(100);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(table.find(i), IndexTable<int>::kNone);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(table.add(i), static_cast<uint32_t>(i));
  }
}

}  // namespace
}  // namespace mycel
