#include <gtest/gtest.h>

#include "mycel/te/formula.h"
#include "mycel/te/free_axes.h"
#include "mycel/te/functions.h"

namespace mycel::te {
namespace {

constexpr int kNoRenumbering[] = {0};

// Row sums of a matrix: out[i] = sum(k){a[i, k]}.
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

TEST(Inline, WritesTheProducerAtTheLoadedIndices) {
  Axis i = axis(3), p = axis(4);
  Output producer{DType::kFloat32, {p}, exp(load(0, DType::kFloat32, {index(p)}))};
  Expr consumer = load(0, DType::kFloat32, {index(i) + 1.0}) + load(1, DType::kFloat32, {index(i)});
  constexpr int kMap[] = {1};
  EXPECT_EQ(to_string(inline_output(consumer, 0, producer, kMap)), "exp(b[i + 1]) + b[i]");
}

TEST(Inline, SameIndicesStayOneReduction) {
  Axis i = axis(3);
  Output producer = row_sums(3, 4);
  Expr twice = load(1, DType::kFloat32, {index(i)}) * load(1, DType::kFloat32, {index(i)});
  Expr result = inline_output(twice, 1, producer, kNoRenumbering);
  EXPECT_EQ(count_reductions(result), 1U);
}

TEST(Inline, OtherIndicesStandSideBySideOverOneAxis) {
  Axis i = axis(2);
  Output producer = row_sums(3, 4);
  Expr difference =
      load(1, DType::kFloat32, {index(i) + 1.0}) - load(1, DType::kFloat32, {index(i)});
  Expr result = inline_output(difference, 1, producer, kNoRenumbering);
  EXPECT_EQ(to_string(result), "sum(j){a[i + 1, j]} - sum(j){a[i, j]}");
  check_scopes(result, std::vector<Axis>{i});
}

// The consumer is a reduction over the very axis that the producer reduces over, as when both come
// from one formula: without renaming, the producer's k would catch the consumer's.
TEST(Inline, RenamesAxesThatWouldCatchAnIndex) {
  Output producer = row_sums(4, 4);
  Axis k = producer.value->axes[0];
  Expr consumer = reduce(Reducer::kMax, {k}, load(1, DType::kFloat32, {index(k)}));
  Expr result = inline_output(consumer, 1, producer, kNoRenumbering);
  EXPECT_EQ(to_string(result), "max(i){sum(j){a[i, j]}}");
  check_scopes(result, {});
}

// p[p[i]] for integers: the index holds a reduction over the axis of the one around it.
TEST(Inline, RenamesAxesInsideTheirOwnScope) {
  Axis i = axis(4), k = axis(4), at = axis(4);
  Output producer{DType::kInt64,
                  {at},
                  reduce(Reducer::kMax, {k}, load(0, DType::kInt64, {index(at), index(k)}))};
  Expr consumer = load(1, DType::kInt64, {load(1, DType::kInt64, {index(i)})});
  Expr result = inline_output(consumer, 1, producer, kNoRenumbering);
  EXPECT_EQ(count_reductions(result), 2U);
  check_scopes(result, std::vector<Axis>{i});
}

TEST(Inline, GuardsEveryLoadOfAPredicatedProducer) {
  Axis i = axis(6), p = axis(4);
  Expr inner = load_if(index(p) < 3.0, 0, DType::kFloat32, {index(p)});
  Output producer{DType::kFloat32, {p}, exp(inner) + load(0, DType::kFloat32, {index(p)})};
  Expr consumer = load_if(index(i) < 4.0, 1, DType::kFloat32, {index(i)});
  EXPECT_EQ(to_string(inline_output(consumer, 1, producer, kNoRenumbering)),
            "t0 = i < 4; select(t0, exp(a[i if t0 && i < 3]) + a[i if t0], 0)");
}

TEST(Substitute, ReplacesAxesAndKeepsSharing) {
  Axis i = axis(4), j = axis(4);
  Expr x = exp(load(0, DType::kFloat32, {index(i)}));
  Substitution s{i, index(j) * 2.0};
  EXPECT_EQ(to_string(substitute(x * x, {&s, 1})), "t0 = exp(a[i * 2]); t0 * t0");
  EXPECT_TRUE(equal(substitute(x, {}), x));
}

TEST(Substitute, RenamesAxesThatWouldCatchAValue) {
  Output sums = row_sums(4, 4);
  Axis k = sums.value->axes[0];
  Substitution s{sums.axes[0], index(k)};
  Expr result = substitute(sums.value, {&s, 1});
  EXPECT_EQ(free_axes(result), std::vector<Axis>{k});
  EXPECT_EQ(to_string(result), "sum(j){a[i, j]}");
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
            "out0[i < 4] : f64 = f64((sum(j){a[j]} - max(j){a[j]}) * a[i])\n");
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
