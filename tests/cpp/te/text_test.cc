// The text of formulas: printed and parsed.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "mycel/te/fn.h"
#include "mycel/te/formula.h"
#include "mycel/te/functions.h"
#include "mycel/te/parser.h"

namespace mycel::te {
namespace {

const Dim n = Dim::symbol("n"), m = Dim::symbol("m"), k = Dim::symbol("k");

// The text itself, so that a test can compare it.
std::string round_trip(const Computation& computation) {
  std::string text = to_string(computation);
  Computation read = parse_computation(text);
  EXPECT_TRUE(equal(read, computation)) << text << "\n" << to_string(read);
  EXPECT_EQ(to_string(read), text);
  return text;
}

std::string round_trip(const std::string& text) { return round_trip(parse_computation(text)); }

void expect_canonical(const std::string& text) { EXPECT_EQ(round_trip(text), text); }

// One result of one dim over an array of some dtype.
Computation over_array(DType dtype, const std::function<Expr(Expr)>& value) {
  Axis i = axis(n);
  Expr result = value(load(0, dtype, {index(i)}));
  return {{{dtype, {n}}}, {{result->dtype, {i}, result}}};
}

std::vector<DType> all_dtypes() {
  std::vector<DType> all;
  for (int d = 0; d < kNumDTypes; ++d) all.push_back(static_cast<DType>(d));
  return all;
}

// --- readable examples --------------------------------------------------------------------------

TEST(FormulaText, AMatrixProduct) {
  Formula f({{DType::kFloat32, {m, k}}, {DType::kFloat32, {k, n}}});
  std::vector<Axis> out = Formula::axes({m, n});
  Axis l = axis(k);
  f.output(DType::kFloat32, out,
           reduce(Reducer::kSum, {l},
                  f.input(0).at(std::vector{out[0], l}) * f.input(1).at(std::vector{l, out[1]})));
  EXPECT_EQ(round_trip(f.take()),
            "(a: f32[m, k], b: f32[k, n]) -> "
            "f32[i < m, j < n] = sum(l < k){a[i, l] * b[l, j]}");
}

TEST(FormulaText, ASoftmaxWithTwoResults) {
  Formula f({{DType::kFloat32, {n, 10}}});
  std::vector<Axis> out = Formula::axes({n, 10});
  Axis k1 = axis(10), k2 = axis(10);
  auto x = [&](const Axis& column) { return f.input(0).at({index(out[0]), index(column)}); };
  Expr largest = reduce(Reducer::kMax, {k1}, x(k1));
  Expr sum = reduce(Reducer::kSum, {k2}, exp(x(k2) - largest));
  f.output(DType::kFloat32, out, exp(x(out[1]) - largest) / sum);
  f.output(DType::kFloat32, {out[0]}, log(sum) + largest);
  EXPECT_EQ(round_trip(f.take()),
            "(a: f32[n, 10]) ->\n"
            "  t0 = max(k < 10){a[i, k]};\n"
            "  t1 = sum(l < 10){exp(a[i, l] - t0)};\n"
            "  f32[i < n, j < 10] = exp(a[i, j] - t0) / t1;\n"
            "  f32[i < n] = log(t1) + t0");
}

TEST(FormulaText, APaddedConvolution) {
  expect_canonical(
      "(a: bf16[n, floordiv(m + 1, 2)], b: bf16[3]) ->\n"
      "  f32[i < n, j < m] = sum(k < 3){f32(a[i, j + k - 1 if j + k >= 1 && j + k < extent(m)]) * "
      "f32(b[k])}");
}

TEST(FormulaText, PartsAndSeveralResults) {
  expect_canonical(
      "(a: f64[4, n], b: i64[4]) ->\n"
      "  t0 = exp(a[i, j]);\n"
      "  t1 = a[b[i], j];\n"
      "  f64[i < 4] = sum(j < n){t0 * t1} / max(j < n){t0};\n"
      "  bool[i < 4, j < n] = t1 < 0.5:f64 || isnan(t1);\n"
      "  i64[] = extent(4*n) - data(2)");
}

// --- every kind of node -------------------------------------------------------------------------

TEST(FormulaText, EveryFunctionInEveryDtype) {
  for (DType dtype : all_dtypes()) {
    for (size_t f = 0; f < kNumFns; ++f) {
      Fn fn = static_cast<Fn>(f);
      if (fn == Fn::kCast || fn == Fn::kBitcast || !takes(info(fn).operands, dtype)) continue;
      round_trip(over_array(dtype, [fn](const Expr& x) {
        if (fn == Fn::kSelect) return select(is_equal(x, x), x, x);
        return call(fn, std::vector<Expr>(static_cast<size_t>(arity(fn)), x));
      }));
    }
  }
}

TEST(FormulaText, EveryConversion) {
  for (DType from : all_dtypes()) {
    for (DType to : all_dtypes()) {
      round_trip(over_array(from, [to](const Expr& x) { return cast(x, to); }));
    }
  }
  for (DType bits : {DType::kUInt16, DType::kUInt32, DType::kUInt64}) {
    for (DType real : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
      if (byte_size(bits) != byte_size(real)) continue;
      round_trip(over_array(bits, [real](const Expr& x) { return bitcast(x, real); }));
      round_trip(over_array(real, [bits](const Expr& x) { return bitcast(x, bits); }));
    }
  }
}

TEST(FormulaText, EveryReductionAndScan) {
  for (DType dtype : all_dtypes()) {
    for (size_t r = 0; r <= static_cast<size_t>(Reducer::kMin); ++r) {
      Reducer reducer = dtype != DType::kBool ? static_cast<Reducer>(r)
                        : r % 2 == 0          ? Reducer::kAnd
                                              : Reducer::kOr;
      Axis i = axis(3), j = axis(n), l = axis(4);
      Expr body = load(0, dtype, {index(j), index(l)});
      Expr sum = reduce(reducer, {j, l}, body);
      Expr prefix = scan(reducer, j, load(0, dtype, {index(j), index(i)}), index(i) + 1.0);
      round_trip(Computation{{{dtype, {n, 4}}}, {{dtype, {i}, sum}, {dtype, {i}, prefix}}});
      if (dtype == DType::kBool) continue;
      for (Reducer arg : {Reducer::kArgMax, Reducer::kArgMin}) {
        Expr place = index(j) * 4.0 + index(l);
        Expr value = arg_reduce(arg, {j, l}, body, place, 0);
        Expr at = arg_reduce(arg, {j, l}, body, place, 1);
        round_trip(Computation{{{dtype, {n, 4}}}, {{dtype, {}, value}, {DType::kInt64, {}, at}}});
      }
    }
  }
  expect_canonical("(a: f32[n]) -> f32[i < n] = product(j <= i + 1, j < n){a[j]}");
  expect_canonical("(a: f32[4, n]) -> i64[i < 4] = argmax(j < n){a[i, j], j}.index");
}

TEST(FormulaText, LoadsUnderAPredicate) {
  expect_canonical("(a: i8[n], b: i8[]) -> i8[i < n] = a[i - 1 if i >= 1] + b[] + b[if i < 3]");
}

TEST(FormulaText, OperatorsGroupAsTheGraphDoes) {
  expect_canonical(
      "(a: f32[]) -> f32[] = a[] - (a[] - a[]) - a[] * (a[] + a[]) / a[] / (a[] / a[])");
  expect_canonical(
      "(a: bool[]) -> bool[] = (a[] || a[]) && a[] || a[] && a[] == a[] || (a[] || a[])");
  expect_canonical("(a: i64[]) -> bool[] = a[] < a[] == (a[] < a[] != (a[] >= a[]))");
  EXPECT_EQ(round_trip("(a:f32[])->f32[]=((a[]))+(a[]*a[])"),
            "(a: f32[]) -> f32[] = a[] + a[] * a[]");
}

TEST(FormulaText, WithoutInputsOrResults) {
  expect_canonical("() -> i64[i < 3] = i");
  expect_canonical("(a: f32[0]) -> ()");
  expect_canonical("() -> ()");
}

// --- numbers ------------------------------------------------------------------------------------

TEST(FormulaText, NumbersKeepAllBits) {
  auto nan_of = [](uint64_t bits) { return std::bit_cast<double>(bits); };
  const double doubles[] = {0.0,
                            -0.0,
                            1,
                            0.1,
                            -1e-310,
                            5e-324,
                            1e22,
                            1.0 / 3,
                            65504,
                            HUGE_VAL,
                            -HUGE_VAL,
                            std::numeric_limits<double>::max(),
                            std::nan(""),
                            nan_of(0xfff8000000000000),
                            nan_of(0x7ff8dead00000001),
                            nan_of(0x7ff0000000000001)};
  for (DType dtype : all_dtypes()) {
    if (!is_floating(dtype)) continue;
    for (double value : doubles) {
      round_trip(Computation{{}, {{dtype, {}, constant(dtype, value)}}});
    }
  }
  for (DType dtype : all_dtypes()) {
    for (int64_t value : {int64_t{0}, int64_t{1}, int64_t{-1}, INT64_MIN, INT64_MAX}) {
      round_trip(Computation{{}, {{dtype, {}, constant(dtype, value)}}});
    }
  }
}

TEST(FormulaText, NumbersWithoutADtype) {
  auto dtype_of_number = [](const std::string& number, const std::string& dtype) {
    expect_canonical("() -> " + dtype + "[] = " + number);
  };
  dtype_of_number("-3", "i64");
  dtype_of_number("-3.0", "f32");
  dtype_of_number("1e-05", "f32");
  dtype_of_number("-inf", "f32");
  dtype_of_number("nan", "f32");
  dtype_of_number("nan(0x7fc00001)", "f32");
  dtype_of_number("nan(0x7ff8000000000001):f64", "f64");
  dtype_of_number("1e+300:f64", "f64");
  dtype_of_number("18446744073709551615:u64", "u64");
  dtype_of_number("true", "bool");
  EXPECT_EQ(round_trip("() -> f64[] = 2:f64"), "() -> f64[] = 2.0:f64");
}

TEST(FormulaText, SmallNumbersAreRounded) {
  EXPECT_EQ(round_trip("() -> f32[] = 1e-46"), "() -> f32[] = 0.0");
  EXPECT_EQ(round_trip("() -> f32[] = -1e-46"), "() -> f32[] = -0.0");
  EXPECT_EQ(round_trip("() -> f16[] = 1e-300:f16"), "() -> f16[] = 0.0:f16");
  EXPECT_EQ(round_trip("() -> bf16[] = 1e-42:bf16"), "() -> bf16[] = 0.0:bf16");
  EXPECT_EQ(round_trip("() -> f64[] = 1e-400:f64"), "() -> f64[] = 0.0:f64");
  EXPECT_EQ(round_trip("() -> f16[] = 4e-8:f16"), "() -> f16[] = 5.9604645e-08:f16");
}

TEST(FormulaText, BlanksAndCommentsOnlySeparate) {
  EXPECT_EQ(
      round_trip(
          "(a: f32[floordiv(n, // rows, in pairs\n  2\t),\r\n m // columns]\n ])\n"
          "-> i64[i < n // all]\n + 1\n, j < floordiv(\nm, 3)] = extent(2 *\n n // twice)\n)"),
      "(a: f32[floordiv(n, 2), m]) -> i64[i < n + 1, j < floordiv(m, 3)] = extent(2*n)");
}

// --- names --------------------------------------------------------------------------------------

TEST(FormulaText, NamesAreNotKept) {
  EXPECT_EQ(round_trip("(image: f32[rows]) ->  // a comment\n"
                       "  double = image[row] + image[row];\n"
                       "  f32[row < rows] = double * double"),
            "(a: f32[rows]) ->\n"
            "  t0 = a[i] + a[i];\n"
            "  f32[i < rows] = t0 * t0");
}

TEST(FormulaText, NamesAreNoSymbolsOfSizes) {
  EXPECT_EQ(round_trip("(x: f32[a, t0], y: f32[]) -> f32[u < i, v < j] = exp(y[]) * 2.0"),
            "(a_: f32[a, t0], b: f32[]) -> f32[k < i, l < j] = exp(b[]) * 2.0");
}

TEST(FormulaText, ManyNamesDiffer) {
  Computation c;
  Expr sum = constant(DType::kFloat32, 0);
  for (int i = 0; i < 300; ++i) {
    c.inputs.push_back({DType::kFloat32, {n}});
    Axis own = axis(n);
    Expr e = exp(load(i, DType::kFloat32, {index(own)}));
    sum = sum + reduce(Reducer::kSum, {own}, e * e);
  }
  c.outputs.push_back({DType::kFloat32, {}, sum});
  round_trip(c);
}

// What fusion leaves: an axis marked as data in a shared value that a reduction reads.
TEST(FormulaText, AnAxisMarkedAsDataIsBoundFurtherOn) {
  for (Dim extent : {Dim(4), n}) {
    Axis i = axis(extent);
    Expr shared = as_data(index(i)) + 1.0;
    EXPECT_EQ(round_trip(Computation{
                  {}, {{DType::kInt64, {}, reduce(Reducer::kSum, {i}, shared * shared)}}}),
              fmt::format("() ->\n  t0 = data(i) + 1;\n  i64[] = sum(i < {}){{t0 * t0}}",
                          extent.to_string()));
  }
  expect_canonical("() ->\n  t0 = data(i) + i + data(i);\n  i64[] = sum(i < 4){t0 * t0 + data(i)}");
  EXPECT_EQ(round_trip("() -> t0 = i; t1 = data(data(t0)); i64[] = sum(i < 4){t1}"),
            "() -> i64[] = sum(i < 4){data(i)}");
  Computation c = parse_computation("() -> t0 = data(i) + 1; i64[] = sum(i < 4){t0 * t0}");
  for (const Node* node : post_order(roots(c))) {
    for (const Axis& used : node->axes) EXPECT_EQ(used.extent, Dim(4));
  }
}

// Axes that are one stay one, so that one loop computes both; others stay apart.
TEST(FormulaText, OneNameIsOneAxis) {
  Computation one = parse_computation("(a: f32[n]) -> f32[] = sum(i < n){a[i]} / max(i < n){a[i]}");
  Computation two = parse_computation("(a: f32[n]) -> f32[] = sum(i < n){a[i]} / max(j < n){a[j]}");
  EXPECT_FALSE(equal(one, two));
  EXPECT_TRUE(
      equal(two, parse_computation("(b: f32[n]) -> f32[] = sum(j < n){b[j]} / max(i < n){b[i]}")));
  EXPECT_EQ(one.outputs[0].value->operands[0]->axes, one.outputs[0].value->operands[1]->axes);
}

TEST(FormulaText, EqualComputationsAgreeInEverything) {
  Computation c = parse_computation("(a: f32[n, 4]) -> f32[i < n] = sum(j < 4){a[i, j]}");
  for (const char* other : {"(a: f32[n, 5]) -> f32[i < n] = sum(j < 4){a[i, j]}",
                            "(a: f32[n, 4]) -> f32[i < n] = sum(j < 3){a[i, j]}",
                            "(a: f32[n, 4]) -> f32[i < m] = sum(j < 4){a[i, j]}",
                            "(a: f32[n, 4]) -> f32[i < n] = sum(j < 4){a[j, i]}",
                            "(a: f32[n, 4]) -> f32[i < n] = max(j < 4){a[i, j]}",
                            "(a: f32[n, 4], b: f32[]) -> f32[i < n] = sum(j < 4){a[i, j]}",
                            "(a: f32[n, 4]) -> f32[i < n] = sum(j < 4){a[data(i), j]}"}) {
    EXPECT_FALSE(equal(c, parse_computation(other))) << other;
  }
}

// --- depth and size -----------------------------------------------------------------------------

TEST(FormulaText, DeepAndSharedGraphs) {
  round_trip(over_array(DType::kFloat32, [](Expr x) {
    for (int d = 0; d < 100000; ++d) x = -x;
    return x;
  }));
  std::string shared = round_trip(over_array(DType::kFloat32, [](Expr x) {
    for (int d = 0; d < 60; ++d) x = x + x;
    return x;
  }));
  EXPECT_LT(shared.size(), 2000U);
  std::string indirect = round_trip([] {
    Expr x = load(0, DType::kInt64, {constant(DType::kInt64, 0), constant(DType::kInt64, 0)});
    for (int d = 0; d < 60; ++d) x = load(0, DType::kInt64, {x, x});
    return Computation{{{DType::kInt64, {4, 4}}}, {{DType::kInt64, {}, x}}};
  }());
  EXPECT_LT(indirect.size(), 2000U);
}

// Comparing and merging visit what outputs share once.
TEST(FormulaText, ManyOutputsOfOneLargeValue) {
  auto make = [](double last) {
    Axis i = axis(n);
    Expr x = load(0, DType::kFloat32, {index(i)});
    for (int d = 0; d < 30000; ++d) x = -x;
    Computation c{{{DType::kFloat32, {n}}}, {}};
    for (int d = 0; d < 3000; ++d) c.outputs.push_back({DType::kFloat32, {i}, x});
    c.outputs.push_back({DType::kFloat32, {i}, x + last});
    unify(c);
    return c;
  };
  Computation c = make(1);
  EXPECT_TRUE(equal(c, make(1)));
  EXPECT_FALSE(equal(c, make(2)));
  round_trip(c);
}

TEST(FormulaText, DeeplyNestedTexts) {
  auto repeated = [](std::string_view text) {
    std::string all;
    for (int i = 0; i < 100000; ++i) all += text;
    return all;
  };
  EXPECT_EQ(round_trip("(a: f32[]) -> f32[] = " + repeated("(") + "a[]" + repeated(")")),
            "(a: f32[]) -> f32[] = a[]");
  parse_computation("(a: i64[4]) -> i64[] = " + repeated("a[") + "0" + repeated("]"));
  parse_computation("(a: f32[]) -> f32[] = " + repeated("max(a[], ") + "a[]" + repeated(")"));
  parse_computation("(a: f32[]) -> f32[] = a[]" + repeated(" - a[]"));
}

}  // namespace
}  // namespace mycel::te
