#include <gtest/gtest.h>

#include "mycel/te/formula.h"
#include "mycel/te/free_axes.h"
#include "mycel/te/functions.h"

namespace mycel::te {
namespace {

// Row sums of a matrix: out[i] = sum(k < columns){a[i, k]}.
Output row_sums(Dim rows, Dim columns) {
  Axis i = axis(rows), k = axis(columns);
  Expr body = load(0, DType::kFloat32, {index(i), index(k)});
  return {DType::kFloat32, {i}, reduce(Reducer::kSum, {k}, body)};
}

size_t count_reductions(const Expr& expr) {
  size_t count = 0;
  for (const Node* node : post_order({&expr, 1})) count += node->kind == Kind::kReduce;
  return count;
}

TEST(Substitute, ReplacesAxesAndKeepsSharing) {
  Axis i = axis(4), j = axis(4);
  Expr x = exp(load(0, DType::kFloat32, {index(i)}));
  Substitution s{i, index(j) * 2.0};
  EXPECT_EQ(to_string(substitute(x * x, {&s, 1})), "t0 = exp(a[i * 2]); t0 * t0");
  EXPECT_TRUE(equal(substitute(x, {}), x));
}

TEST(Substitute, OtherIndicesStandSideBySideOverOneAxis) {
  Axis i = axis(2);
  Output sums = row_sums(3, 4);
  Substitution here{sums.axes[0], index(i)}, next{sums.axes[0], index(i) + 1.0};
  Expr result = substitute(sums.value, {&next, 1}) - substitute(sums.value, {&here, 1});
  EXPECT_EQ(to_string(result), "sum(j < 4){a[i + 1, j]} - sum(j < 4){a[i, j]}");
  check_scopes(result, std::vector<Axis>{i});
}

// p[p[i]] for integers: the index contains a reduction over the axis of the reduction around it.
TEST(Substitute, RenamesAxesInsideTheirOwnScope) {
  Axis i = axis(4), k = axis(4), at = axis(4);
  Expr p = reduce(Reducer::kMax, {k}, load(0, DType::kInt64, {index(at), index(k)}));
  Substitution inner{at, index(i)};
  Substitution outer{at, substitute(p, {&inner, 1})};
  Expr result = substitute(p, {&outer, 1});
  EXPECT_EQ(count_reductions(result), 2U);
  check_scopes(result, std::vector<Axis>{i});
}

// x[p[i]] with p inlined: the index stays a checked one, whatever is substituted in it.
TEST(Substitute, KeepsWhatStandsForData) {
  Axis i = axis(4), j = axis(4);
  Expr place = as_data(index(i));
  EXPECT_FALSE(index(i)->from_data);
  EXPECT_TRUE((place + 1.0)->from_data);
  EXPECT_FALSE(equal(place, index(i)));
  Substitution s{i, index(j)};
  EXPECT_TRUE(substitute(place, {&s, 1})->from_data);
}

TEST(Substitute, RenamesAxesThatWouldCatchAValue) {
  Output sums = row_sums(4, 4);
  Axis k = sums.value->axes[0];
  Substitution s{sums.axes[0], index(k)};
  Expr result = substitute(sums.value, {&s, 1});
  EXPECT_EQ(free_axes(result), std::vector<Axis>{k});
  EXPECT_EQ(to_string(result), "sum(j < 4){a[i, j]}");
}

TEST(Substitute, ReplacedAxesAreNotReduced) {
  Output sums = row_sums(4, 4);
  Substitution s{sums.value->axes[0], constant(DType::kInt64, 0)};
  EXPECT_THROW(substitute(sums.value, {&s, 1}), Error);
}

TEST(Formula, ChecksScopes) {
  Formula formula({{DType::kFloat32, {4}}});
  Axis i = axis(4), k = axis(4);
  Expr at_i = formula.input(0).at({index(i)}), at_k = formula.input(0).at({index(k)});
  EXPECT_THROW(formula.output(DType::kFloat32, {i}, at_k), Error);
  EXPECT_THROW(formula.output(DType::kFloat32, {i}, at_i + reduce(Reducer::kSum, {i}, at_i)),
               Error);
  Expr nested = reduce(Reducer::kSum, {k}, at_k - reduce(Reducer::kMax, {k}, at_k));
  EXPECT_THROW(formula.output(DType::kFloat32, {i}, nested), Error);
  Expr side_by_side = reduce(Reducer::kSum, {k}, at_k) - reduce(Reducer::kMax, {k}, at_k);
  formula.output(DType::kFloat64, {i}, side_by_side * at_i);
  EXPECT_EQ(to_string(formula.take()),
            "(a: f32[4]) -> f64[i < 4] = f64((sum(j < 4){a[j]} - max(j < 4){a[j]}) * a[i])");
}

TEST(Formula, BroadcastReadsMissingDimsAtZero) {
  Formula formula({{DType::kFloat32, {3, 1}}});
  std::vector<Axis> axes = Formula::axes({2, 3, 4});
  EXPECT_EQ(to_string(formula.input(0).broadcast_at(axes)), "a[i, 0]");
}

TEST(Unify, MakesEqualPartsOneNodeAcrossOutputs) {
  Axis i = axis(4);
  auto x = [&] { return exp(load(0, DType::kFloat32, {index(i)})); };
  Computation computation{{{DType::kFloat32, {4}}},
                          {{DType::kFloat32, {i}, x() + 1.0}, {DType::kFloat32, {i}, x() * x()}}};
  unify(computation);
  EXPECT_EQ(computation.outputs[0].value->operands[0], computation.outputs[1].value->operands[1]);
}

}  // namespace
}  // namespace mycel::te
