#include "mycel/te/scalar.h"

#include <gtest/gtest.h>

#include "mycel/te/formula.h"
#include "mycel/te/functions.h"
#include "tests/cpp/te/arrays.h"

namespace mycel::te {
namespace {

template <class T>
std::vector<T> unary(Fn fn, std::vector<T> x) {
  Dim n = static_cast<int64_t>(x.size());
  Formula f({{dtype_of<T>(), {n}}});
  std::vector<Axis> out = Formula::axes({n});
  f.output(dtype_of<T>(), out, call(fn, {f.input(0).at(out)}));
  return values_of<T>(run(f.take(), {array_of<T>({n.value()}, x)})[0]);
}

template <class T>
std::vector<T> binary(Fn fn, std::vector<T> x, std::vector<T> y) {
  Dim n = static_cast<int64_t>(x.size());
  Formula f({{dtype_of<T>(), {n}}, {dtype_of<T>(), {n}}});
  std::vector<Axis> out = Formula::axes({n});
  f.output(dtype_of<T>(), out, call(fn, {f.input(0).at(out), f.input(1).at(out)}));
  Shape shape{n.value()};
  return values_of<T>(run(f.take(), {array_of<T>(shape, x), array_of<T>(shape, y)})[0]);
}

template <class To, class From>
std::vector<To> converted(std::vector<From> x) {
  Dim n = static_cast<int64_t>(x.size());
  Formula f({{dtype_of<From>(), {n}}});
  std::vector<Axis> out = Formula::axes({n});
  f.output(dtype_of<To>(), out, f.input(0).at(out));
  return values_of<To>(run(f.take(), {array_of<From>({n.value()}, x)})[0]);
}

// Equal with the sign of zeros; NaN equals NaN.
void expect_same(const std::vector<double>& got, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_EQ(got[i], expected[i]) << i;
      EXPECT_EQ(std::signbit(got[i]), std::signbit(expected[i])) << i;
    }
  }
}

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Expected values by numpy 2.4: np.floor_divide(x, y) and np.remainder(x, y).
TEST(Scalar, FloatDivisionIsNumPys) {
  std::vector<double> x{0, -0.0, 1, 1, -1, -1, kInf, kInf, -5.5, 5.5, 5.5, -5.5, 1, -1, kNaN, -2};
  std::vector<double> y{1, 1, 0, -0.0, 0, kInf, 1, 0, 2, -2, -kInf, 5.5, -kInf, -kInf, 1, -2};
  expect_same(binary(Fn::kFloorDiv, x, y),
              {0, -0.0, kInf, -kInf, -kInf, -1, kNaN, kInf, -3, -3, -1, -1, -1, 0, kNaN, 1});
  expect_same(binary(Fn::kRem, x, y), {0, 0, kNaN, kNaN, kNaN, kInf, kNaN, kNaN, 0.5, -0.5, -kInf,
                                       0, -kInf, -1, kNaN, -0.0});
}

TEST(Scalar, IntegersWrapAndDivideByZeroToZero) {
  using V = std::vector<int8_t>;
  V x{-128, 127, 5, -5, -5, 7, 0}, y{-1, -1, 0, 0, 3, -3, 5};
  EXPECT_EQ(binary(Fn::kFloorDiv, x, y), (V{-128, -127, 0, 0, -2, -3, 0}));
  EXPECT_EQ(binary(Fn::kRem, x, y), (V{0, 0, 0, 0, 1, -2, 0}));
  EXPECT_EQ(binary(Fn::kAdd, x, x), (V{0, -2, 10, -10, -10, 14, 0}));
  EXPECT_EQ(binary(Fn::kMul, x, x), (V{0, 1, 25, 25, 25, 49, 0}));
  EXPECT_EQ(unary(Fn::kNeg, x), (V{-128, -127, -5, 5, 5, -7, 0}));
  EXPECT_EQ(unary(Fn::kAbs, x), (V{-128, 127, 5, 5, 5, 7, 0}));
  EXPECT_EQ(binary(Fn::kSub, std::vector<uint64_t>{0}, {1}), std::vector<uint64_t>{UINT64_MAX});
  EXPECT_EQ(unary(Fn::kNeg, std::vector<uint16_t>{1}), std::vector<uint16_t>{65535});
}

TEST(Scalar, IntegerPowers) {
  using V = std::vector<int32_t>;
  EXPECT_EQ(binary(Fn::kPow, V{3, -2, 0, 2, 2, 1, -1, -1, 5}, V{4, 3, 0, 31, 33, -7, -3, -4, -1}),
            (V{81, -8, 1, INT32_MIN, 0, 1, -1, 1, 0}));
}

TEST(Scalar, Shifts) {
  using S = std::vector<int16_t>;
  using U = std::vector<uint8_t>;
  EXPECT_EQ(binary(Fn::kShiftLeft, S{1, 1, -1, 1}, S{15, 16, 4, -1}), (S{INT16_MIN, 0, -16, 0}));
  EXPECT_EQ(binary(Fn::kShiftRight, S{-8, -8, 8, 8}, S{1, 100, 100, -1}), (S{-4, -1, 0, 0}));
  EXPECT_EQ(binary(Fn::kShiftRight, U{200, 200}, U{3, 8}), (U{25, 0}));
  EXPECT_EQ(binary(Fn::kShiftLeft, std::vector<int64_t>{1}, {63}), std::vector<int64_t>{INT64_MIN});
}

TEST(Scalar, ExtremaSignsAndRounding) {
  using V = std::vector<double>;
  expect_same(binary(Fn::kMax, V{1, kNaN, 2, -kInf}, V{2, 1, kNaN, -kInf}), {2, kNaN, kNaN, -kInf});
  expect_same(binary(Fn::kMin, V{1, kNaN, 2, kInf}, V{2, 1, kNaN, 3}), {1, kNaN, kNaN, 3});
  expect_same(unary(Fn::kSign, V{-3, 0, -0.0, kNaN, kInf}), {-1, 0, 0, kNaN, 1});
  expect_same(unary(Fn::kRound, V{0.5, 1.5, 2.5, -0.5}), {0, 2, 2, -0.0});
  expect_same(unary(Fn::kSigmoid, V{0, 800, -800, kNaN}), {0.5, 1, 0, kNaN});
  EXPECT_EQ(unary(Fn::kSign, std::vector<uint8_t>{0, 200}), (std::vector<uint8_t>{0, 1}));
}

TEST(Scalar, ComparisonsWithNaN) {
  Formula f({{DType::kFloat32, {1}}});
  std::vector<Axis> out = Formula::axes({1});
  Expr x = f.input(0).at(out);
  std::vector<Fn> comparisons{Fn::kLess,         Fn::kLessEqual, Fn::kGreater,
                              Fn::kGreaterEqual, Fn::kEqual,     Fn::kNotEqual};
  for (Fn fn : comparisons) f.output(DType::kBool, out, call(fn, {x, x}));
  std::vector<NDArray> y = run(f.take(), {array_of<float>({1}, {NAN})});
  for (size_t i = 0; i < 5; ++i) EXPECT_FALSE(*y[i].data<bool>());
  EXPECT_TRUE(*y[5].data<bool>());
}

TEST(Scalar, CastsFromFloats) {
  std::vector<float> x{2.9F, -2.9F, NAN, INFINITY, 3e9F, -1, 300, 1e30F};
  using V = std::vector<int64_t>;
  EXPECT_EQ(converted<int64_t>(x),
            (V{2, -2, INT64_MIN, INT64_MIN, 3000000000, -1, 300, INT64_MIN}));
  EXPECT_EQ(converted<int32_t>(x), (std::vector<int32_t>{2, -2, 0, 0, -1294967296, -1, 300, 0}));
  EXPECT_EQ(converted<uint8_t>(x), (std::vector<uint8_t>{2, 254, 0, 0, 0, 255, 44, 0}));
  EXPECT_EQ(converted<uint64_t>(std::vector<double>{1e19, -1, 0x1p64}),
            (std::vector<uint64_t>{10000000000000000000U, UINT64_MAX, uint64_t{1} << 63}));
  EXPECT_EQ(converted<bool>(std::vector<float>{0, NAN, 0.1F}),
            (std::vector<bool>{false, true, true}));
}

TEST(Scalar, CastsOfIntegersAndHalfFloats) {
  EXPECT_EQ(converted<int8_t>(std::vector<int32_t>{300, -129}), (std::vector<int8_t>{44, 127}));
  EXPECT_EQ(converted<float>(std::vector<uint64_t>{UINT64_MAX}), std::vector<float>{0x1p64F});
  EXPECT_EQ(converted<Float16>(std::vector<double>{65520.0, 1 + 0x1p-11, 1e-8})[0].bits, 0x7c00);
  EXPECT_EQ(converted<Float16>(std::vector<double>{1 + 0x1p-11})[0].bits, 0x3c00);
  EXPECT_EQ(converted<BFloat16>(std::vector<int32_t>{257})[0].bits, 0x4380);
}

TEST(Scalar, FloatFunctionsAreRoundedOnce) {
  std::vector<float> x{0.1F, 1, -3, 20, -0.0F};
  for (auto [fn, exact] : {std::pair{Fn::kExp, +[](double v) { return std::exp(v); }},
                           std::pair{Fn::kTanh, +[](double v) { return std::tanh(v); }},
                           std::pair{Fn::kErf, +[](double v) { return std::erf(v); }},
                           std::pair{Fn::kSin, +[](double v) { return std::sin(v); }}}) {
    std::vector<float> y = unary(fn, x);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], static_cast<float>(exact(x[i])));
  }
}

TEST(Scalar, BitsOfFloats) {
  Formula f({{DType::kFloat32, {1}}});
  std::vector<Axis> out = Formula::axes({1});
  Expr bits = bitcast(f.input(0).at(out), DType::kUInt32);
  f.output(DType::kUInt32, out, bits);
  f.output(DType::kFloat32, out, bitcast(bits, DType::kFloat32));
  std::vector<NDArray> y = run(f.take(), {array_of<float>({1}, {-1.5F})});
  EXPECT_EQ(*y[0].data<uint32_t>(), 0xbfc00000U);
  EXPECT_EQ(*y[1].data<float>(), -1.5F);
}

}  // namespace
}  // namespace mycel::te
