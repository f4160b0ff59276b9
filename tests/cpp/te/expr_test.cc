#include "mycel/te/expr.h"

#include <gtest/gtest.h>

#include "mycel/te/functions.h"

namespace mycel::te {
namespace {

Expr x_at(const Axis& i, DType dtype = DType::kFloat32) { return load(0, dtype, {index(i)}); }

TEST(Expr, PrintsAsFormulas) {
  Axis i = axis(2), j = axis(3), k = axis(4);
  Expr a = load(0, DType::kFloat32, {index(i), index(k)});
  Expr b = load(1, DType::kFloat32, {index(k), index(j)});
  EXPECT_EQ(to_string(reduce(Reducer::kSum, {k}, a * b)), "sum(k < 4){a[i, k] * b[k, j]}");
  Expr x = x_at(i);
  EXPECT_EQ(to_string((x + 1.0) * x - 2.0 * (x - x)), "(a[i] + 1.0) * a[i] - 2.0 * (a[i] - a[i])");
  EXPECT_EQ(to_string(exp(x) * exp(x)), "exp(a[i]) * exp(a[i])");
  Expr e = exp(x);
  EXPECT_EQ(to_string(e * e), "t0 = exp(a[i]); t0 * t0");
  Expr inside = index(i) < extent(Dim::symbol("n"));
  EXPECT_EQ(to_string(cast(load_if(inside, 1, DType::kInt8, {index(i)}), DType::kFloat64)),
            "f64(b[i if i < extent(n)])");
  EXPECT_EQ(to_string(arg_reduce(Reducer::kArgMax, {k}, a, index(k), 1)),
            "argmax(j < 4){a[i, j], j}.index");
  EXPECT_EQ(to_string(scan(Reducer::kSum, k, load(0, DType::kFloat32, {index(k)}), index(i))),
            "sum(j <= i, j < 4){a[j]}");
}

TEST(Expr, ChecksDtypes) {
  Axis i = axis(4);
  Expr f = x_at(i), d = x_at(i, DType::kFloat64), b = x_at(i, DType::kBool);
  EXPECT_THROW(f + d, Error);
  EXPECT_THROW(b + b, Error);
  EXPECT_THROW(exp(index(i)), Error);
  EXPECT_THROW(call(Fn::kBitAnd, {f, f}), Error);
  EXPECT_THROW(select(f, f, f), Error);
  EXPECT_THROW(call(Fn::kAdd, {f}), Error);
  EXPECT_THROW(call(Fn::kCast, {f}), Error);
  EXPECT_THROW(bitcast(f, DType::kInt32), Error);
  EXPECT_THROW(load(0, DType::kFloat32, {f}), Error);
  EXPECT_THROW(load_if(f, 0, DType::kFloat32, {index(i)}), Error);
  EXPECT_THROW(reduce(Reducer::kSum, {i}, b), Error);
  EXPECT_THROW(reduce(Reducer::kAnd, {i}, f), Error);
  EXPECT_THROW(scan(Reducer::kSum, i, f, f), Error);
  EXPECT_THROW(constant(DType::kInt32, 0.5), Error);
}

TEST(Expr, HalfFloatsAreComputedInFloat32) {
  Axis i = axis(4);
  Expr h = x_at(i, DType::kFloat16);
  EXPECT_EQ(to_string(h + h), "f16(f32(a[i]) + f32(a[i]))");
  EXPECT_EQ((h < h)->dtype, DType::kBool);
  EXPECT_EQ(to_string(reduce(Reducer::kSum, {i}, h)), "f16(sum(i < 4){f32(a[i])})");
  EXPECT_EQ(to_string(select(h < h, h, h)->operands[1]), "a[i]");
}

TEST(Expr, ConstantsAreWhatTheirDtypeHolds) {
  EXPECT_EQ(std::get<double>(constant(DType::kFloat32, 0.1)->constant), double{0.1F});
  EXPECT_EQ(std::get<double>(constant(DType::kFloat16, 1e6)->constant), HUGE_VAL);
  EXPECT_EQ(std::get<int64_t>(constant(DType::kInt8, 300)->constant), 44);
  EXPECT_EQ(std::get<int64_t>(constant(DType::kUInt8, -1)->constant), 255);
  EXPECT_EQ(std::get<int64_t>(constant(DType::kUInt64, 0x1p63)->constant), INT64_MIN);
  EXPECT_EQ(std::get<int64_t>(constant(DType::kBool, 2.5)->constant), 1);
}

TEST(Expr, FreeAxesAreThoseNotReduced) {
  Axis i = axis(2), k = axis(3);
  Expr body = load(0, DType::kFloat32, {index(i), index(k)});
  EXPECT_EQ(free_axes(body), (std::vector<Axis>{i, k}));
  EXPECT_EQ(free_axes(reduce(Reducer::kSum, {k}, body)), (std::vector<Axis>{i}));
  Expr prefix = scan(Reducer::kSum, k, load(0, DType::kFloat32, {index(k)}), index(i));
  EXPECT_EQ(free_axes(prefix), (std::vector<Axis>{i}));
}

TEST(Expr, EqualComparesStructure) {
  Axis i = axis(4), j = axis(4);
  EXPECT_TRUE(equal(exp(x_at(i)) + 1.0, exp(x_at(i)) + 1.0));
  EXPECT_FALSE(equal(exp(x_at(i)), exp(x_at(j))));
  EXPECT_FALSE(equal(exp(x_at(i)) + 1.0, exp(x_at(i)) + 2.0));
  EXPECT_FALSE(equal(constant(DType::kFloat32, 0.0), constant(DType::kFloat32, -0.0)));
}

// A deep graph, and one with 2^60 paths from its root: walks must neither recurse nor revisit.
TEST(Expr, DeepAndSharedGraphs) {
  Axis i = axis(4);
  Expr chain = x_at(i);
  for (int n = 0; n < 200000; ++n) chain = -chain;
  EXPECT_EQ(post_order({&chain, 1}).size(), 200002U);
  EXPECT_EQ(free_axes(chain).size(), 1U);
  Expr tree = x_at(i), same = x_at(i);
  for (int n = 0; n < 60; ++n) tree = tree + tree, same = same + same;
  EXPECT_EQ(post_order({&tree, 1}).size(), 62U);
  EXPECT_TRUE(equal(tree, same));
  EXPECT_LT(to_string(tree).size(), 2000U);
}

}  // namespace
}  // namespace mycel::te
