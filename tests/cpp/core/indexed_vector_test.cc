#include "mycel/base/indexed_vector.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace mycel {
namespace {

enum class Row : int {};
enum class Column : int {};
using Rows = IndexedVector<Row, std::string>;

template <class Vector, class Index>
concept TakesIndex = requires(Vector vector, Index index) { vector[index]; };
static_assert(TakesIndex<Rows, Row>);
static_assert(!TakesIndex<Rows, Column> && !TakesIndex<Rows, int> && !TakesIndex<Rows, size_t>);

TEST(IndexedVector, NumbersElementsInOrder) {
  Rows rows;
  EXPECT_EQ(rows.next_index(), Row{0});
  EXPECT_EQ(rows.push_back("a"), Row{0});
  EXPECT_EQ(rows.push_back("b"), Row{1});
  EXPECT_EQ(rows[Row{1}], "b");
  rows[Row{0}] = "c";
  EXPECT_EQ(*rows.begin(), "c");
}

TEST(IndexedVector, VisitsNumbersInBothDirections) {
  IndexedVector<Row, bool> rows(3);
  std::vector<Row> up, down;
  for (Row row : rows.indices()) up.push_back(row);
  for (Row row : rows.reversed_indices()) down.push_back(row);
  EXPECT_EQ(up, (std::vector{Row{0}, Row{1}, Row{2}}));
  EXPECT_EQ(down, (std::vector{Row{2}, Row{1}, Row{0}}));
  for (Row row : Rows().indices()) FAIL() << static_cast<int>(row);
  for (Row row : Rows().reversed_indices()) FAIL() << static_cast<int>(row);
}

TEST(IndexedVector, HoldsBits) {
  IndexedVector<Row, bool> rows(2, true);
  rows[Row{0}] = false;
  const auto& read = rows;
  EXPECT_FALSE(read[Row{0}]);
  EXPECT_TRUE(read[Row{1}]);
}

TEST(IndexedVector, ComparesElements) {
  Rows a(2, "x"), b(1, "x");
  EXPECT_NE(a, b);
  b.resize(2);
  EXPECT_NE(a, b);
  b[Row{1}] = "x";
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace mycel
