#include "mycel/core/dtype.h"

#include <gtest/gtest.h>

#include "mycel/core/device.h"

namespace mycel {
namespace {

TEST(DType, NamesParse) {
  for (int i = 0; i < kNumDTypes; ++i) {
    DType dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(name(dtype)), dtype);
    EXPECT_EQ(parse_dtype(short_name(dtype)), dtype);
    EXPECT_EQ(byte_size(dtype) * 8, info(dtype).bits);
    visit_dtype(dtype,
                [&](auto tag) { EXPECT_EQ(dtype_of<typename decltype(tag)::type>(), dtype); });
  }
  EXPECT_FALSE(parse_dtype("float"));
}

// Rows of torch.promote_types.
TEST(DType, PromotesAsPyTorchDoes) {
  using enum DType;
  EXPECT_EQ(promote(kInt64, kFloat16), kFloat16);
  EXPECT_EQ(promote(kFloat16, kBFloat16), kFloat32);
  EXPECT_EQ(promote(kUInt8, kInt8), kInt16);
  EXPECT_EQ(promote(kUInt8, kInt32), kInt32);
  EXPECT_EQ(promote(kUInt64, kInt64), kFloat64);  // NumPy's; PyTorch has none
  EXPECT_EQ(promote(kBool, kUInt8), kUInt8);
  EXPECT_EQ(promote(kUInt8, kUInt32), kUInt32);
  for (int a = 0; a < kNumDTypes; ++a) {
    for (int b = 0; b < kNumDTypes; ++b) {
      EXPECT_EQ(promote(static_cast<DType>(a), static_cast<DType>(b)),
                promote(static_cast<DType>(b), static_cast<DType>(a)));
    }
  }
}

TEST(DType, ScalarsAreWeak) {
  using enum DType;
  EXPECT_EQ(promote_weak(kFloat16, DTypeClass::kFloat), kFloat16);
  EXPECT_EQ(promote_weak(kInt8, DTypeClass::kSigned), kInt8);
  EXPECT_EQ(promote_weak(kInt8, DTypeClass::kFloat), kFloat32);
  EXPECT_EQ(promote_weak(kBool, DTypeClass::kSigned), kInt64);
}

TEST(Float16, RoundsToNearestEvenAndKeepsSpecials) {
  EXPECT_EQ(Float16(1.0f).bits, 0x3c00);
  EXPECT_EQ(Float16(65504.0f).bits, 0x7bff);
  EXPECT_EQ(Float16(65520.0f).bits, 0x7c00);
  EXPECT_EQ(Float16(-0.0f).bits, 0x8000);
  EXPECT_EQ(Float16(0x1p-24f).bits, 1);
  EXPECT_EQ(Float16(0x1p-25f).bits, 0);
  EXPECT_EQ(BFloat16(1.00390625f).bits, 0x3f80);  // a tie, to even
  for (int bits = 0; bits < 0x10000; ++bits) {
    Float16 half;
    half.bits = static_cast<uint16_t>(bits);
    float value = static_cast<float>(half);
    EXPECT_TRUE(value != value || Float16(value).bits == bits) << bits;
  }
}

TEST(Device, NamesParse) {
  EXPECT_EQ(to_string(Device{}), "cpu");
  EXPECT_EQ(parse_device("cpu"), Device{});
  EXPECT_EQ(to_string(parse_device("cuda:1")), "cuda:1");
  EXPECT_EQ(parse_device("reference").kind, DeviceKind::kReference);
  for (const char* bad : {"", "gpu", "cuda:", "cuda:-1", "cuda:999", "cpu:3", "cpu:x"}) {
    EXPECT_THROW(parse_device(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace mycel
