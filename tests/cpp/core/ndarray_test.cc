#include "mycel/core/ndarray.h"

#include <gtest/gtest.h>

namespace mycel {
namespace {

NDArray iota(const Shape& shape) {
  NDArray array = NDArray::empty(DType::kInt32, shape);
  for (int64_t i = 0; i < array.size(); ++i) array.mutable_data<int32_t>()[i] = static_cast<int>(i);
  return array;
}

TEST(Shape, StridesAndLayouts) {
  EXPECT_EQ(row_major({2, 3, 4}), (Strides{12, 4, 1}));
  EXPECT_EQ(channels_last({2, 3, 4, 5}), (Strides{60, 1, 15, 3}));
  EXPECT_TRUE(is_row_major({2, 1, 3}, {3, 77, 1}));
  EXPECT_TRUE(is_row_major({0, 5}, {-1, -1}));
  EXPECT_FALSE(is_row_major({2, 3}, {1, 2}));
  EXPECT_TRUE(is_channels_last({2, 3, 4, 5}, {60, 1, 15, 3}));
  EXPECT_TRUE(is_channels_last({2, 1, 4, 5}, row_major({2, 1, 4, 5})));  // one channel: both
  EXPECT_FALSE(is_channels_last({2, 3, 4, 5}, row_major({2, 3, 4, 5})));
}

TEST(Shape, NumElementsNeverOverflows) {
  EXPECT_EQ(num_elements({}), 1);
  EXPECT_EQ(num_elements({int64_t{1} << 40, 0, int64_t{1} << 40}), 0);
  EXPECT_EQ(num_elements({int64_t{1} << 40, 4}), int64_t{1} << 42);
  EXPECT_THROW(num_elements({int64_t{1} << 40, int64_t{1} << 40}), Error);
}

TEST(Shape, NormalizeAxis) {
  EXPECT_EQ(normalize_axis(-1, 3, "sum"), 2);
  EXPECT_THROW(normalize_axis(0, 0, "sum"), Error);
  try {
    normalize_axis(5, 2, "sum");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIndex);
    EXPECT_STREQ(error.what(), "[sum] expects dim in [-2, 1], got 5");
  }
}

TEST(NDArray, ScalarsAndEmptyArrays) {
  EXPECT_EQ(*NDArray::scalar(2.5f).data<float>(), 2.5f);
  NDArray none = NDArray::empty(DType::kFloat64, {3, 0, 2});
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(none.is_row_major());
}

TEST(NDArray, WrongReadsAreInternalErrors) {
  EXPECT_THROW(NDArray::scalar(1).data<float>(), Error);
  EXPECT_THROW(NDArray().data<float>(), Error);
  EXPECT_THROW(NDArray::empty(DType::kFloat32, {int64_t{1} << 61}), Error);
}

TEST(CopyElements, TransposesAndReverses) {
  NDArray a = iota({2, 3});
  NDArray b = contiguous(a.view({3, 2}, {1, 3}, 0));
  EXPECT_EQ(b.data<int32_t>()[1], 3);
  EXPECT_EQ(b.data<int32_t>()[5], 5);
  NDArray reversed = contiguous(a.view({2, 3}, {-3, -1}, 5));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(reversed.data<int32_t>()[i], 5 - i);
}

TEST(CopyElements, LargeChannelsLastRoundTrip) {
  Shape shape{4, 16, 33, 31};
  NDArray a = iota(shape);
  NDArray b = NDArray::empty(DType::kInt32, shape, channels_last(shape), cpu_allocator());
  copy_elements(a, b);
  EXPECT_TRUE(is_channels_last(b.shape(), b.strides()));
  NDArray c = contiguous(b);
  for (int64_t i = 0; i < a.size(); ++i) ASSERT_EQ(c.data<int32_t>()[i], i);
}

TEST(CopyElements, ExpandedAxesRepeat) {
  NDArray a = contiguous(iota({3}).view({2, 3}, {0, 1}, 0));
  EXPECT_EQ(a.data<int32_t>()[3], 0);
  EXPECT_EQ(a.data<int32_t>()[5], 2);
}

}  // namespace
}  // namespace mycel
