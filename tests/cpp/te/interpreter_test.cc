#include "mycel/te/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "mycel/te/formula.h"
#include "mycel/te/functions.h"
#include "tests/cpp/te/arrays.h"

namespace mycel::te {
namespace {

TEST(Interpreter, Softmax) {
  Formula f({{DType::kFloat32, {3, 300}}});
  std::vector<Axis> out = Formula::axes({3, 300});
  Axis k = axis(300), l = axis(300);
  auto x = [&](const Axis& column) { return f.input(0).at({index(out[0]), index(column)}); };
  Expr largest = reduce(Reducer::kMax, {k}, x(k));
  Expr sum = reduce(Reducer::kSum, {l}, exp(x(l) - largest));
  f.output(DType::kFloat32, out, exp(x(out[1]) - largest) / sum);
  NDArray in = sample({3, 300});
  std::vector<float> y = values_of<float>(run(f.take(), {in})[0]), v = values_of<float>(in);
  for (size_t r = 0; r < 3; ++r) {
    double total = 0;
    for (size_t c = 0; c < 300; ++c) total += std::exp(v[r * 300 + c]);
    for (size_t c = 0; c < 300; ++c) {
      EXPECT_NEAR(y[r * 300 + c], std::exp(v[r * 300 + c]) / total, 1e-6);
    }
  }
}

// Sums are taken in index order, in the dtype of the body: the bits are those of the plain loop.
TEST(Interpreter, Matmul) {
  constexpr int64_t m = 33, n = 17, p = 259;
  Formula f({{DType::kFloat32, {m, p}}, {DType::kFloat32, {p, n}}});
  std::vector<Axis> out = Formula::axes({m, n});
  Axis k = axis(p);
  f.output(DType::kFloat32, out,
           reduce(Reducer::kSum, {k},
                  f.input(0).at(std::vector{out[0], k}) * f.input(1).at(std::vector{k, out[1]})));
  NDArray a = sample({m, p}), b = sample({p, n});
  std::vector<float> y = values_of<float>(run(f.take(), {a, b})[0]);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t t = 0; t < p; ++t)
        sum += a.data<float>()[i * p + t] * b.data<float>()[t * n + j];
      ASSERT_EQ(y[static_cast<size_t>(i * n + j)], sum);
    }
  }
}

// Padding by predicated loads, stride 2, channels reduced first.
TEST(Interpreter, Convolution) {
  constexpr int64_t n = 2, ci = 3, h = 9, w = 8, co = 4, kh = 3, kw = 2, oh = 5, ow = 5;
  Formula f({{DType::kFloat32, {n, ci, h, w}}, {DType::kFloat32, {co, ci, kh, kw}}});
  std::vector<Axis> out = Formula::axes({n, co, oh, ow}), window = Formula::axes({ci, kh, kw});
  Expr y = index(out[2]) * 2.0 + index(window[1]) - 1.0;
  Expr x = index(out[3]) * 2.0 + index(window[2]) - 1.0;
  Expr inside =
      logical_and(logical_and(y >= 0.0, y < extent(h)), logical_and(x >= 0.0, x < extent(w)));
  Expr image = f.input(0).at_if(inside, {index(out[0]), index(window[0]), y, x});
  Expr weight = f.input(1).at(std::vector{out[1], window[0], window[1], window[2]});
  f.output(DType::kFloat32, out, reduce(Reducer::kSum, window, image * weight));
  NDArray in = sample({n, ci, h, w}), filter = sample({co, ci, kh, kw});
  std::vector<float> got = values_of<float>(run(f.take(), {in, filter})[0]);
  size_t at = 0;
  for (int64_t b = 0; b < n; ++b) {
    for (int64_t o = 0; o < co; ++o) {
      for (int64_t r = 0; r < oh * ow; ++r) {
        float sum = 0;
        for (int64_t k = 0; k < ci * kh * kw; ++k) {
          int64_t c = k / (kh * kw), dy = k / kw % kh, dx = k % kw;
          int64_t iy = r / ow * 2 + dy - 1, ix = r % ow * 2 + dx - 1;
          bool in_image = iy >= 0 && iy < h && ix >= 0 && ix < w;
          float v = in_image ? in.data<float>()[((b * ci + c) * h + iy) * w + ix] : 0;
          sum += v * filter.data<float>()[o * ci * kh * kw + k];
        }
        ASSERT_EQ(got[at++], sum);
      }
    }
  }
}

TEST(Interpreter, CumulativeSumIsLinear) {
  constexpr int64_t rows = 3, length = 100000;
  Formula f({{DType::kInt32, {rows, length}}});
  std::vector<Axis> out = Formula::axes({rows, length});
  Axis k = axis(length);
  f.output(DType::kInt64, out,
           scan(Reducer::kSum, k, cast(f.input(0).at(std::vector{out[0], k}), DType::kInt64),
                index(out[1])));
  NDArray in = NDArray::empty(DType::kInt32, {rows, length});
  std::iota(in.mutable_data<int32_t>(), in.mutable_data<int32_t>() + rows * length, 0);
  std::vector<int64_t> y = values_of<int64_t>(run(f.take(), {in})[0]);
  int64_t sum = 0;
  for (int64_t i = 0; i < rows * length; ++i) {
    sum = (i % length == 0 ? 0 : sum) + i;
    ASSERT_EQ(y[static_cast<size_t>(i)], sum);
  }
}

TEST(Interpreter, ArgMaxTakesTheFirstOfEqualsAndNaN) {
  Formula f({{DType::kFloat64, {4, 5}}});
  std::vector<Axis> out = Formula::axes({4});
  Axis k = axis(5);
  Expr x = f.input(0).at({index(out[0]), index(k)});
  for (int result : {0, 1}) {
    f.output(result ? DType::kInt64 : DType::kFloat64, out,
             arg_reduce(Reducer::kArgMax, {k}, x, index(k), result));
  }
  f.output(DType::kInt64, out, arg_reduce(Reducer::kArgMin, {k}, x, index(k), 1));
  double inf = INFINITY;
  NDArray in = array_of<double>({4, 5}, {1, 7, 7,   -2,    -2,  -inf, -inf, -inf, -inf, -inf,  //
                                         0, 1, NAN, 1e300, NAN, 5,    5,    5,    5,    5});
  std::vector<NDArray> y = run(f.take(), {in});
  EXPECT_EQ(values_of<int64_t>(y[1]), (std::vector<int64_t>{1, 0, 2, 0}));
  EXPECT_EQ(values_of<int64_t>(y[2]), (std::vector<int64_t>{3, 0, 2, 0}));
  EXPECT_EQ(values_of<double>(y[0])[1], -inf);
  EXPECT_TRUE(std::isnan(values_of<double>(y[0])[2]));
}

// Philox 4x32-10, with the test vectors of Random123 (Salmon et al. 2011).
TEST(Interpreter, PhiloxRounds) {
  Formula f({{DType::kUInt32, {6, 3}}});
  std::vector<Axis> out = Formula::axes({3});
  auto u = [](int64_t value) { return constant(DType::kUInt32, value); };
  std::vector<Expr> c, key;
  for (int64_t i = 0; i < 6; ++i) {
    (i < 4 ? c : key).push_back(f.input(0).at({constant(DType::kInt64, i), index(out[0])}));
  }
  for (int round = 0; round < 10; ++round) {
    Expr m0 = u(0xD2511F53), m1 = u(0xCD9E8D57);
    c = {bit_xor(bit_xor(mul_high(m1, c[2]), c[1]), key[0]), m1 * c[2],
         bit_xor(bit_xor(mul_high(m0, c[0]), c[3]), key[1]), m0 * c[0]};
    key = {key[0] + u(0x9E3779B9), key[1] + u(0xBB67AE85)};
  }
  for (const Expr& word : c) f.output(DType::kUInt32, out, word);
  uint32_t ones = 0xffffffff;
  NDArray in = array_of<uint32_t>({6, 3}, {0, ones, 0x243f6a88, 0, ones, 0x85a308d3,  //
                                           0, ones, 0x13198a2e, 0, ones, 0x03707344,  //
                                           0, ones, 0xa4093822, 0, ones, 0x299f31d0});
  std::vector<NDArray> y = run(f.take(), {in});
  using Words = std::vector<uint32_t>;
  EXPECT_EQ(values_of<uint32_t>(y[0]), (Words{0x6627e8d5, 0x408f276d, 0xd16cfe09}));
  EXPECT_EQ(values_of<uint32_t>(y[1]), (Words{0xe169c58d, 0x41c83b0e, 0x94fdcceb}));
  EXPECT_EQ(values_of<uint32_t>(y[2]), (Words{0xbc57ac4c, 0xa20bc7c6, 0x5001e420}));
  EXPECT_EQ(values_of<uint32_t>(y[3]), (Words{0x9b00dbd8, 0x6d5451fd, 0x24126ea1}));
}

// A reduction that depends on only some of the axes is computed once for each of their indices;
// otherwise the inner one would take 10^9 steps.
TEST(Interpreter, HoistsReductions) {
  constexpr int64_t n = 1000;
  Formula f({{DType::kFloat64, {n}}});
  std::vector<Axis> out = Formula::axes({n, n});
  Axis k = axis(n);
  Expr total = reduce(Reducer::kSum, {k}, f.input(0).at(std::vector{k}));
  f.output(DType::kFloat64, out, f.input(0).at(std::vector{out[1]}) / total);
  std::vector<double> v(n, 2.0);
  EXPECT_EQ(values_of<double>(run(f.take(), {array_of<double>({n}, v)})[0])[n], 1.0 / n);
}

TEST(Interpreter, NestedReductions) {
  Formula f({{DType::kInt64, {3, 4, 5}}});
  std::vector<Axis> out = Formula::axes({3});
  Axis k = axis(4), l = axis(5);
  Expr inner = reduce(Reducer::kMax, {l}, f.input(0).at(std::vector{out[0], k, l}));
  f.output(DType::kInt64, out, reduce(Reducer::kSum, {k}, inner * index(k)));
  NDArray in = NDArray::empty(DType::kInt64, {3, 4, 5});
  std::iota(in.mutable_data<int64_t>(), in.mutable_data<int64_t>() + 60, 0);
  // max over l of [i, k, l] is 20 i + 5 k + 4
  EXPECT_EQ(values_of<int64_t>(run(f.take(), {in})[0]), (std::vector<int64_t>{94, 214, 334}));
}

TEST(Interpreter, StridesOfInputsAndOutputs) {
  Formula f({{DType::kInt32, {2, 3}}});
  std::vector<Axis> out = Formula::axes({2, 3});
  f.output(DType::kInt32, out, f.input(0).at(out) + 1.0);
  NDArray in = array_of<int32_t>({6}, {0, 1, 2, 3, 4, 5});
  NDArray memory = array_of<int32_t>({6}, {0, 0, 0, 0, 0, 0});
  NDArray reversed = in.view({2, 3}, {-3, -1}, 5), transposed = memory.view({2, 3}, {1, 2}, 0);
  interpret(f.take(), {&reversed, 1}, {&transposed, 1});
  EXPECT_EQ(values_of<int32_t>(memory), (std::vector<int32_t>{6, 3, 5, 2, 4, 1}));
}

TEST(Interpreter, EmptyShapesAndEmptyReductions) {
  Formula f({{DType::kFloat32, {3, 0}}});
  std::vector<Axis> none = Formula::axes({0, 3}), rows = Formula::axes({3});
  Axis k = axis(0);
  Expr x = f.input(0).at({index(rows[0]), index(k)});
  f.output(DType::kFloat32, none, constant(DType::kFloat32, 1));
  f.output(DType::kFloat32, rows, reduce(Reducer::kSum, {k}, x));
  f.output(DType::kFloat32, rows, reduce(Reducer::kMax, {k}, x));
  f.output(DType::kInt64, rows, reduce(Reducer::kMin, {k}, cast(x, DType::kInt64)));
  f.output(DType::kInt64, rows, arg_reduce(Reducer::kArgMax, {k}, x, index(k), 1));
  std::vector<NDArray> y = run(f.take(), {sample({3, 0})});
  EXPECT_EQ(y[0].size(), 0);
  EXPECT_EQ(values_of<float>(y[1])[2], 0);
  EXPECT_EQ(values_of<float>(y[2])[2], -INFINITY);
  EXPECT_EQ(values_of<int64_t>(y[3])[2], INT64_MAX);
  EXPECT_EQ(values_of<int64_t>(y[4])[2], 0);
}

TEST(Interpreter, LoadsOutOfRangeAreErrors) {
  Formula gather({{DType::kFloat32, {5}}, {DType::kInt64, {300}}});
  std::vector<Axis> out = Formula::axes({300});
  gather.output(DType::kFloat32, out, gather.input(0).at({gather.input(1).at(out)}));
  Computation computation = gather.take();
  std::vector<int64_t> indices(300, 4);
  run(computation, {sample({5}), array_of<int64_t>({300}, indices)});
  indices[290] = -1;
  try {
    run(computation, {sample({5}), array_of<int64_t>({300}, indices)});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIndex);
    EXPECT_STREQ(error.what(), "index -1 is out of range for dim 0 of operand 0 with size 5");
  }
  Formula shifted({{DType::kFloat32, {5}}});
  shifted.output(DType::kFloat32, out, shifted.input(0).at({index(out[0])}));
  try {
    run(shifted.take(), {sample({5})});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInternal);
  }
  Formula masked({{DType::kFloat32, {5}}});
  Expr at = index(out[0]);
  masked.output(DType::kFloat32, out, masked.input(0).at_if(at < 6.0, {at}));
  EXPECT_THROW(run(masked.take(), {sample({5})}), Error);
}

TEST(Interpreter, SubstitutedFormulasComputeTheSame) {
  Axis i = axis(6), k = axis(4), j = axis(9);
  Output sums{DType::kFloat32,
              {i},
              reduce(Reducer::kSum, {k}, load(0, DType::kFloat32, {index(i), index(k)}))};
  Substitution around{i, rem(index(j), constant(DType::kInt64, 6))};
  Computation direct{{{DType::kFloat32, {6, 4}}}, {sums}};
  Computation repeated{{{DType::kFloat32, {6, 4}}},
                       {{DType::kFloat32, {j}, substitute(sums.value, {&around, 1})}}};
  NDArray in = sample({6, 4});
  std::vector<float> s = values_of<float>(run(direct, {in})[0]);
  std::vector<float> y = values_of<float>(run(repeated, {in})[0]);
  for (size_t n = 0; n < 9; ++n) EXPECT_EQ(y[n], s[n % 6]);
}

}  // namespace
}  // namespace mycel::te
