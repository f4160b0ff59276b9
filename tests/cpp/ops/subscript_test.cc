#include "mycel/ops/subscript.h"

#include <gtest/gtest.h>

#include "tests/cpp/ops/setup.h"

namespace mycel {
namespace {

using S = Subscript;

S by(const std::vector<int64_t>& indices) {
  return S::by(tensor(indices, {static_cast<int64_t>(indices.size())}));
}

TEST(Subscript, NumbersDropTheirDim) {
  Tensor x = counted({2, 3});
  EXPECT_EQ(values_of(subscript(x, {S::at(-1)})), (Values{3, 4, 5}));
  Tensor element = subscript(x, {S::at(0), S::at(2)});
  EXPECT_EQ(element.rank(), 0U);
  EXPECT_EQ(values_of(element), Values{2});
}

TEST(Subscript, RangesFollowPython) {
  Tensor x = counted({6});
  EXPECT_EQ(values_of(subscript(x, {S::range(1, -1, 2)})), (Values{1, 3}));
  EXPECT_EQ(values_of(subscript(x, {S::range({}, {}, -2)})), (Values{5, 3, 1}));
  EXPECT_EQ(values_of(subscript(x, {S::range(-2, 100)})), (Values{4, 5}));
  EXPECT_EQ(values_of(subscript(x, {S::range(4, 2)})), Values{});
}

TEST(Subscript, EllipsisAndNewAxes) {
  Tensor x = counted({2, 3, 4});
  EXPECT_EQ(subscript(x, {S::ellipsis(), S::at(0)}).shape(), (Shape{2, 3}));
  EXPECT_EQ(subscript(x, {S::at(0), S::new_axis(), S::ellipsis(), S::new_axis()}).shape(),
            (Shape{1, 3, 4, 1}));
}

// As in NumPy: index arrays with nothing between them keep their position, others come first.
TEST(Subscript, IndexArraysStandWhereNumpyPutsThem) {
  Tensor x = counted({2, 3, 4});
  EXPECT_EQ(subscript(x, {S::range(), by({0, 2, 1, 0, 0})}).shape(), (Shape{2, 5, 4}));
  EXPECT_EQ(subscript(x, {by({0, 1}), S::range(), by({1, 2})}).shape(), (Shape{2, 3}));
  EXPECT_EQ(subscript(x, {S::at(0), S::range(), by({1, 2})}).shape(), (Shape{2, 3}));
  EXPECT_EQ(values_of(subscript(counted({4}), {by({-1, 0})})), (Values{3, 0}));
}

TEST(Subscript, MasksGiveTheElementsWhereTheyAreTrue) {
  Tensor x = counted({2, 3});
  EXPECT_EQ(values_of(subscript(x, {S::by(x > 2.5)})), (Values{3, 4, 5}));
}

TEST(Subscript, PutReplacesAPart) {
  Tensor x = counted({2, 3});
  Tensor nine = tensor(Values{9}, {});
  EXPECT_EQ(values_of(subscript_put(x, {S::range(), S::range(0, 3, 2)}, nine)),
            (Values{9, 1, 9, 9, 4, 9}));
  EXPECT_EQ(values_of(subscript_put(x, {S::at(1)}, tensor(Values{7, 8, 9}, {1, 3}))),
            (Values{0, 1, 2, 7, 8, 9}));
  EXPECT_EQ(values_of(subscript_put(x, {S::by(x > 2.5)}, nine)), (Values{0, 1, 2, 9, 9, 9}));
  EXPECT_EQ(values_of(x), (Values{0, 1, 2, 3, 4, 5}));
}

TEST(Subscript, ErrorsNameWhatIsWrong) {
  Tensor x = counted({2, 3});
  EXPECT_EQ(error_of([&] { subscript(x, {S::at(2)}); }),
            "[index] expects an index in [-2, 2) for dim 0, got 2");
  EXPECT_EQ(error_of([&] { subscript(x, {S::at(0), S::at(0), S::at(0)}); }),
            "[index] expects at most 2 indices for a tensor of shape [2, 3], got 3");
  EXPECT_EQ(error_of([&] { subscript(x, {S::ellipsis(), S::ellipsis()}); }),
            "[index] expects at most one ellipsis, got two");
  EXPECT_EQ(error_of([&] { subscript(x, {S::range({}, {}, 0)}); }),
            "[index] expects a slice with a step other than 0");
  EXPECT_EQ(error_of([&] { subscript_put(x, {S::at(0)}, counted({2})); }),
            "[index] expects a value that broadcasts to [3], got f64[2]");
}

}  // namespace
}  // namespace mycel
