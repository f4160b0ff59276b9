// Every scalar function and cast, in every dtype that takes it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "mycel/te/fn.h"
#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

constexpr DType kAll[] = {DType::kBool,   DType::kInt8,    DType::kInt16,    DType::kInt32,
                          DType::kInt64,  DType::kUInt8,   DType::kUInt16,   DType::kUInt32,
                          DType::kUInt64, DType::kFloat16, DType::kBFloat16, DType::kFloat32,
                          DType::kFloat64};

// Applies fn to arrays of one shape.
te::Computation elementwise(te::Fn fn, const std::vector<NDArray>& inputs) {
  std::vector<te::Input> types;
  for (const NDArray& input : inputs) types.push_back({input.dtype(), to_dims(input.shape())});
  te::Formula formula(types);
  auto axes = te::Formula::axes(to_dims(inputs[0].shape()));
  std::vector<te::Expr> operands;
  for (size_t i = 0; i < inputs.size(); ++i) operands.push_back(formula.input(i).at(axes));
  te::Expr value = te::call(fn, operands);
  formula.output(value->dtype, axes, value);
  return formula.take();
}

te::Computation cast_of(const NDArray& x, DType to) {
  te::Formula formula({{x.dtype(), to_dims(x.shape())}});
  auto axes = te::Formula::axes(to_dims(x.shape()));
  formula.output(to, axes, te::cast(formula.input(0).at(axes), to));
  return formula.take();
}

double tolerance(DType dtype) {
  return dtype == DType::kFloat64 ? 1e-15 : dtype == DType::kFloat32 ? 5e-7 : 1e-2;
}

// The interpreter computes 16-bit floats in float32 and rounds, as generated code does; if the
// float32 results differ in the last bit, the rounded ones may, too.
TEST(Functions, AgreeWithTheInterpreter) {
  for (int f = 0; f < static_cast<int>(te::Fn::kBitcast); ++f) {
    auto fn = static_cast<te::Fn>(f);
    for (DType dtype : kAll) {
      if (!te::takes(te::info(fn).operands, dtype)) continue;
      std::vector<NDArray> inputs;
      for (int i = 0; i < te::arity(fn); ++i) {
        inputs.push_back(random_array(
            dtype, {150}, uint64_t{10} * static_cast<uint64_t>(f) + static_cast<uint64_t>(i)));
      }
      SCOPED_TRACE(fmt::format("{} of {}", te::name(fn), name(dtype)));
      expect_as_interpreted(elementwise(fn, inputs), inputs, tolerance(dtype));
    }
  }
}

template <class T>
std::vector<T> special() {
  using L = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>) {
    return {0,
            T(-0.0),
            1,
            -1,
            T(0.5),
            T(-2.5),
            T(1.5),
            L::infinity(),
            -L::infinity(),
            L::quiet_NaN(),
            L::max(),
            L::lowest(),
            L::min(),
            L::denorm_min(),
            T(3e9),
            T(-1e19),
            T(9.3e18),
            T(1.5e19),
            T(300),
            T(-129)};
  } else {
    return {0,
            1,
            2,
            3,
            7,
            63,
            64,
            static_cast<T>(-1),
            static_cast<T>(-2),
            static_cast<T>(-7),
            L::max(),
            L::min(),
            static_cast<T>(L::max() - 1),
            100};
  }
}

// All pairs of special values.
template <class T>
std::vector<NDArray> pairs() {
  std::vector<T> values = special<T>(), a, b;
  for (T x : values) {
    for (T y : values) a.push_back(x), b.push_back(y);
  }
  Shape shape{static_cast<int64_t>(a.size())};
  return {array_of(shape, a), array_of(shape, b)};
}

template <class T>
void check_special(te::Fn fn, double tolerance) {
  std::vector<NDArray> inputs = pairs<T>();
  inputs.resize(static_cast<size_t>(te::arity(fn)));
  SCOPED_TRACE(fmt::format("{} of {}", te::name(fn), name(dtype_of<T>())));
  expect_as_interpreted(elementwise(fn, inputs), inputs, tolerance);
}

TEST(Functions, AgreeAtTheEdgesOfIntegers) {
  using te::Fn;
  for (Fn fn :
       {Fn::kNeg, Fn::kAbs, Fn::kSign, Fn::kAdd, Fn::kSub, Fn::kMul, Fn::kFloorDiv, Fn::kRem,
        Fn::kPow, Fn::kMax, Fn::kMin, Fn::kLess, Fn::kShiftLeft, Fn::kShiftRight}) {
    check_special<int8_t>(fn, 0);
    check_special<int16_t>(fn, 0);
    check_special<int32_t>(fn, 0);
    check_special<int64_t>(fn, 0);
    check_special<uint8_t>(fn, 0);
    check_special<uint32_t>(fn, 0);
    check_special<uint64_t>(fn, 0);
  }
}

TEST(Functions, AgreeAtTheEdgesOfFloats) {
  using te::Fn;
  for (Fn fn :
       {Fn::kNeg,          Fn::kAbs,   Fn::kSign,    Fn::kAdd,  Fn::kDiv,       Fn::kFloorDiv,
        Fn::kRem,          Fn::kMax,   Fn::kMin,     Fn::kSqrt, Fn::kFloor,     Fn::kCeil,
        Fn::kRound,        Fn::kTrunc, Fn::kIsNan,   Fn::kLess, Fn::kLessEqual, Fn::kGreater,
        Fn::kGreaterEqual, Fn::kEqual, Fn::kNotEqual}) {
    check_special<float>(fn, 0);
    check_special<double>(fn, 0);
  }
}

TEST(Functions, AgreeAtTheEdgesOfTranscendentals) {
  using te::Fn;
  for (Fn fn : {Fn::kRsqrt, Fn::kExp, Fn::kLog, Fn::kLog1p, Fn::kExpm1, Fn::kTanh, Fn::kSigmoid,
                Fn::kErf, Fn::kSin, Fn::kCos, Fn::kExp2, Fn::kLog2, Fn::kLog10, Fn::kErfc,
                Fn::kAsin, Fn::kAcos, Fn::kAtan}) {
    check_special<float>(fn, 2e-7);
    check_special<double>(fn, 4e-16);
  }
  check_special<float>(te::Fn::kPow, 1e-6);
  check_special<double>(te::Fn::kPow, 1e-15);
  check_special<float>(te::Fn::kAtan2, 1e-6);
  check_special<double>(te::Fn::kAtan2, 1e-12);  // subnormal results are less accurate
}

TEST(Casts, AgreeBetweenAllTypes) {
  for (DType from : kAll) {
    NDArray x = random_array(from, {100}, 7);
    for (DType to : kAll) {
      SCOPED_TRACE(fmt::format("{} to {}", name(from), name(to)));
      expect_as_interpreted(cast_of(x, to), {x}, 0);
    }
  }
}

TEST(Casts, AgreeAtTheEdges) {
  auto check = [](const NDArray& x) {
    for (DType to : kAll) {
      SCOPED_TRACE(fmt::format("{} to {}", name(x.dtype()), name(to)));
      expect_as_interpreted(cast_of(x, to), {x}, 0);
    }
  };
  auto floats = special<float>();
  auto doubles = special<double>();
  auto integers = special<int64_t>();
  auto naturals = special<uint64_t>();
  check(array_of<float>({static_cast<int64_t>(floats.size())}, floats));
  check(array_of<double>({static_cast<int64_t>(doubles.size())}, doubles));
  check(array_of<int64_t>({static_cast<int64_t>(integers.size())}, integers));
  check(array_of<uint64_t>({static_cast<int64_t>(naturals.size())}, naturals));
}

// All 65,536 of them, to float32 and back.
TEST(Casts, KeepSixteenBitFloats) {
  std::vector<uint16_t> bits(65536);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint16_t>(i);
  NDArray raw = array_of<uint16_t>({65536}, bits);
  for (DType half : {DType::kFloat16, DType::kBFloat16}) {
    te::Formula formula({{DType::kUInt16, {65536}}});
    auto axes = te::Formula::axes({65536});
    te::Expr x = te::bitcast(formula.input(0).at(axes), half);
    formula.output(DType::kFloat32, axes, te::cast(x, DType::kFloat32));
    te::Expr doubled = te::cast(te::cast(x, DType::kFloat32) * 1.0001, half);
    formula.output(DType::kUInt16, axes, te::bitcast(doubled, DType::kUInt16));
    expect_as_interpreted(formula.take(), {raw}, 0);
  }
}

}  // namespace
}  // namespace mycel::codegen
