#include "mycel/ir/attribute.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mycel/ir/location.h"
#include "tests/cpp/ir/test_ops.h"

namespace mycel::ir {
namespace {

const AttributeSchema& schema() { return op_named("t_every").attributes; }

TEST(Attributes, CompareAndHashByFields) {
  EveryKind a, b;
  Attributes x = Attributes::borrow(schema(), &a), y = Attributes::borrow(schema(), &b).own();
  EXPECT_TRUE(x == y);
  EXPECT_EQ(x.hash(), y.hash());
  Attributes z = y.with("ints", Ints{3});
  EXPECT_FALSE(z == y);
  EXPECT_NE(z.hash(), y.hash());
  EXPECT_EQ(z.as<EveryKind>().ints, Ints{3});
  EXPECT_TRUE(equal(z.get("colour"), Attribute("red")));
  EXPECT_TRUE(Attributes() == Attributes());
}

TEST(Attributes, ZeroSignsDifferAndNanEqualsItself) {
  EXPECT_FALSE(equal(Attribute(0.0), Attribute(-0.0)));
  EXPECT_TRUE(equal(Attribute(std::nan("")), Attribute(std::nan(""))));
  EXPECT_FALSE(equal(Attribute(int64_t{1}), Attribute(1.0)));
}

TEST(Attributes, ArraysCompareByElements) {
  NDArray a = NDArray::empty(DType::kFloat32, {2, 3});
  for (int i = 0; i < 6; ++i) a.mutable_data<float>()[i] = static_cast<float>(i);
  NDArray transposed = a.view({3, 2}, {1, 3}, 0);
  EXPECT_TRUE(equal(Attribute(transposed), Attribute(contiguous(transposed))));
  EXPECT_EQ(hash(Attribute(transposed)), hash(Attribute(contiguous(transposed))));
  EXPECT_FALSE(equal(Attribute(transposed), Attribute(a)));
}

TEST(Attributes, WrongKindsRaise) {
  Attributes x = Attributes::defaults(schema());
  EXPECT_THROW(x.with("colour", Attribute("blue")), Error);
  EXPECT_THROW(x.with("nothing", Attribute(true)), Error);
}

TEST(Scalar, Conversions) {
  EXPECT_EQ(to_int(Scalar(2.9)), 2);
  EXPECT_EQ(to_int(Scalar(true)), 1);
  EXPECT_EQ(to_double(Scalar(int64_t{3})), 3.0);
  EXPECT_EQ(kind_of(Scalar(1.0)), DTypeClass::kFloat);
  EXPECT_THROW(to_int(Scalar(1e300)), Error);
  EXPECT_THROW(to_int(Scalar(std::nan(""))), Error);
}

TEST(Location, InternsOnceAndPrints) {
  EXPECT_EQ(intern("train.py").data(), intern(std::string("train.py")).data());
  EXPECT_EQ(to_string(Location{intern("train.py"), intern("LeNet.forward"), 14}),
            "at train.py:14 in LeNet.forward");
  EXPECT_EQ(to_string(Location{}), "");
}

TEST(Type, ParsesWhatItPrints) {
  for (const char* text :
       {"f32[]", "i64[n,3]", "bool[floordiv(n, 2),max(m, n)]@channels_last", "token", "none"}) {
    EXPECT_EQ(to_string(parse_type(text)), text);
  }
  for (const char* bad : {"", "f32", "f33[]", "f32[2", "f32[,]", "f32[2]@blocked", "f32[-2]"}) {
    EXPECT_THROW(parse_type(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace mycel::ir
