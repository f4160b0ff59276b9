// The rules that formulas give.
#include <gtest/gtest.h>

#include "mycel/te/axis_rule.h"
#include "mycel/te/formula.h"
#include "mycel/te/functions.h"
#include "mycel/te/window.h"

namespace mycel::te {
namespace {

const Dim n = Dim::symbol("n"), m = Dim::symbol("m"), k = Dim::symbol("k");

std::string rule_text(Formula& formula) { return to_string(axis_rule(formula.take())); }

Formula formula_of(std::vector<Dims> shapes) {
  std::vector<Input> inputs;
  for (const Dims& dims : shapes) inputs.push_back({DType::kFloat32, dims});
  return Formula(std::move(inputs));
}

TEST(AxisRule, BroadcastDimsRunAlongTheResults) {
  Formula f = formula_of({{n, m}, {m}, {n, 1}});
  std::vector<Axis> axes = Formula::axes({n, m});
  f.output(DType::kFloat32, axes,
           f.input(0).at(axes) + f.input(1).broadcast_at(axes) * f.input(2).broadcast_at(axes));
  EXPECT_EQ(rule_text(f), "a b, b, a -> a b");
}

TEST(AxisRule, MatrixProductsReduceTheInnerDim) {
  Formula f = formula_of({{n, k}, {k, m}});
  std::vector<Axis> axes = Formula::axes({n, m});
  Axis inner = axis(k);
  Expr product =
      f.input(0).at({index(axes[0]), index(inner)}) * f.input(1).at({index(inner), index(axes[1])});
  f.output(DType::kFloat16, axes, reduce(Reducer::kSum, {inner}, product));
  AxisRule rule = axis_rule(f.take());
  EXPECT_EQ(to_string(rule), "a c, c b -> a b  (c: sum)");
  EXPECT_TRUE(rule.polynomials[0].is_linear_in(1));
  EXPECT_TRUE(rule.polynomials[0].is_linear_in(2));
  EXPECT_FALSE(rule.polynomials[0].is_linear_in(3));
}

TEST(AxisRule, ADimThatIsReducedAndKeptIsWhole) {
  Formula f = formula_of({{n, m}});
  std::vector<Axis> axes = Formula::axes({n, m});
  Axis over = axis(m);
  Expr sum = reduce(Reducer::kSum, {over}, exp(f.input(0).at({index(axes[0]), index(over)})));
  f.output(DType::kFloat32, axes, exp(f.input(0).at(axes)) / sum);
  EXPECT_EQ(rule_text(f), "a b -> a b  (b: whole)");
}

TEST(AxisRule, AMeanIsASumThatNeedsTheSize) {
  Formula f = formula_of({{n, m}});
  std::vector<Axis> axes = Formula::axes({n});
  Axis over = axis(m);
  Expr sum = reduce(Reducer::kSum, {over}, f.input(0).at({index(axes[0]), index(over)}));
  f.output(DType::kFloat32, axes, sum / cast(extent(m), DType::kFloat32));
  EXPECT_EQ(rule_text(f), "a b -> a  (b: sum, sized)");
}

TEST(AxisRule, AFunctionOfASumDoesNotCombine) {
  Formula f = formula_of({{n}});
  Axis over = axis(n);
  f.output(DType::kFloat32, {}, sqrt(reduce(Reducer::kSum, {over}, f.input(0).at({index(over)}))));
  EXPECT_EQ(rule_text(f), "a ->   (a: whole)");
}

TEST(AxisRule, AnIndexReadAsAValueIsPositional) {
  Formula range = formula_of({});
  std::vector<Axis> axes = Formula::axes({n});
  range.output(DType::kInt64, axes, index(axes[0]) * 2.0);
  EXPECT_EQ(rule_text(range), " -> a  (a: positional)");

  Formula lower = formula_of({{n, m}});
  axes = Formula::axes({n, m});
  lower.output(DType::kFloat32, axes,
               select(index(axes[0]) >= index(axes[1]), lower.input(0).at(axes),
                      constant(DType::kFloat32, 0)));
  AxisRule rule = axis_rule(lower.take());
  EXPECT_EQ(to_string(rule), "a b -> a b  (a: positional; b: positional)");
  EXPECT_TRUE(rule.polynomials[0].is_linear_in(1));
}

TEST(AxisRule, WindowsReachBeyondAPart) {
  Formula f = formula_of({{n, m}, {3}});
  Dim size = floordiv(m - 1, 2) + 1;
  std::vector<Axis> axes = Formula::axes({n, size});
  Axis window = axis(3);
  WindowElement at = window_element(axes[1], window, m, 2, 1, true, 1);
  Expr x = f.input(0).at_if(at.inside, {index(axes[0]), at.index});
  f.output(DType::kFloat32, axes,
           reduce(Reducer::kSum, {window}, x * f.input(1).at({index(window)})));
  AxisRule rule = axis_rule(f.take());
  EXPECT_EQ(to_string(rule), "a b, c -> a b  (b: affine; c: sum)");
  EXPECT_EQ(rule.axes[1].reaches[0], (Reach{.stride = 2, .low = -1, .high = 1}));
  // An element of the window reads the whole input, moved by it.
  EXPECT_EQ(rule.axes[2].reaches[0], (Reach{.stride = 1, .low = -1, .high = (size - 1) * 2 - 1}));
  EXPECT_TRUE(rule.polynomials[0].is_linear_in(1));
}

TEST(AxisRule, ASliceReadsAnotherPart) {
  Formula f = formula_of({{n}});
  std::vector<Axis> axes = Formula::axes({k});
  f.output(DType::kFloat32, axes, f.input(0).at({index(axes[0]) * 3.0 + 2.0}));
  AxisRule rule = axis_rule(f.take());
  EXPECT_EQ(to_string(rule), "a -> a  (a: affine)");
  EXPECT_EQ(rule.axes[0].reaches[0], (Reach{.stride = 3, .low = 2, .high = 2}));
}

TEST(AxisRule, PaddedAndJoinedDimsArePiecewise) {
  Formula f = formula_of({{n, m}, {n, k}});
  std::vector<Axis> axes = Formula::axes({n, m + k});
  Expr i = index(axes[0]), j = index(axes[1]);
  Expr first = f.input(0).at_if(j < extent(m), {i, j});
  Expr second = f.input(1).at_if(j >= extent(m), {i, j - extent(m)});
  f.output(DType::kFloat32, axes, select(j < extent(m), first, second));
  EXPECT_EQ(rule_text(f), "a b, a b -> a b  (b: piecewise)");
}

TEST(AxisRule, IndicesFromDataAreIndirect) {
  Formula f({{DType::kFloat32, {n, m}}, {DType::kInt64, {k}}});
  std::vector<Axis> axes = Formula::axes({k, m});
  f.output(DType::kFloat32, axes, f.input(0).at({f.input(1).at({index(axes[0])}), index(axes[1])}));
  AxisRule rule = axis_rule(f.take());
  EXPECT_EQ(to_string(rule), "c b, a -> a b  (c: indirect)");
  EXPECT_TRUE(rule.polynomials[0].is_linear_in(1));
  EXPECT_FALSE(rule.polynomials[0].is_linear_in(2));
}

TEST(AxisRule, PrefixSumsAreOrdered) {
  Formula f = formula_of({{n, m}});
  std::vector<Axis> axes = Formula::axes({n, m});
  Axis along = axis(m);
  f.output(
      DType::kFloat32, axes,
      scan(Reducer::kSum, along, f.input(0).at({index(axes[0]), index(along)}), index(axes[1])));
  EXPECT_EQ(rule_text(f), "a b -> a b  (b: ordered)");
}

TEST(AxisRule, SplitDimsAreGrouped) {
  Formula f = formula_of({{n}});
  std::vector<Axis> axes = Formula::axes({k, 4});
  f.output(DType::kFloat32, axes, f.input(0).at({index(axes[0]) * 4.0 + index(axes[1])}));
  EXPECT_EQ(rule_text(f), "a -> a b  (a: grouped; b: grouped)");
}

TEST(AxisRule, ADiagonalIsWhole) {
  Formula f = formula_of({{n, n}});
  std::vector<Axis> axes = Formula::axes({n});
  f.output(DType::kFloat32, axes, f.input(0).at({index(axes[0]), index(axes[0])}));
  EXPECT_EQ(rule_text(f), "a b -> a  (a: whole; b: whole)");
}

}  // namespace
}  // namespace mycel::te
