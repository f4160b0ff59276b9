// The loops of formulas and the loads in them.
#include <gtest/gtest.h>

#include <memory>

#include "mycel/te/formula.h"
#include "mycel/te/functions.h"
#include "mycel/te/loops.h"

namespace mycel::te {
namespace {

const Dim n = Dim::symbol("n"), m = Dim::symbol("m");

class LoopsTest : public testing::Test {
 protected:
  // A formula of one output from inputs of these shapes.
  Formula& formula(std::vector<Dims> shapes) {
    std::vector<Input> inputs;
    for (const Dims& dims : shapes) inputs.push_back({DType::kFloat32, dims});
    formula_ = std::make_unique<Formula>(std::move(inputs));
    return *formula_;
  }
  Loops loops(const std::vector<Axis>& axes, const Expr& value) {
    formula_->output(DType::kFloat32, axes, value);
    computation_ = formula_->take();
    return Loops(computation_, post_order({&computation_.outputs[0].value, 1}));
  }

  std::unique_ptr<Formula> formula_;
  Computation computation_;
};

using Numbers = InlineVector<int, 6>;

TEST_F(LoopsTest, OfBroadcastReads) {
  Formula& f = formula({{n, m}, {m}, {n, 1}});
  std::vector<Axis> axes = Formula::axes({n, m});
  Expr sum = f.input(0).at(axes) + f.input(1).broadcast_at(axes) + f.input(2).broadcast_at(axes);
  Loops found = loops(axes, sum);
  ASSERT_EQ(found.size(), 2u);
  ASSERT_EQ(found.loads().size(), 3u);
  EXPECT_EQ(found.loads()[0].loops, (Numbers{0, 1}));
  EXPECT_EQ(found.loads()[1].loops, (Numbers{1}));
  EXPECT_EQ(found.loads()[2].loops, (Numbers{0, -1}));
  for (const LoopLoad& load : found.loads()) EXPECT_TRUE(load.regular);
}

// An axis rule makes one axis of these two, as they are split together.
TEST_F(LoopsTest, KeepAReducedLoopApartFromAnotherOfTheSameDim) {
  Formula& f = formula({{n}});
  std::vector<Axis> axes = Formula::axes({n});
  Axis over = axis(n);
  Expr sum = reduce(Reducer::kSum, {over}, f.input(0).at({index(over)}));
  Loops found = loops(axes, f.input(0).at(axes) / sum);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FALSE(found[0].reduced);
  EXPECT_TRUE(found[1].reduced);
  EXPECT_EQ(found.loads()[0].loops, (Numbers{0}));
  EXPECT_EQ(found.loads()[1].loops, (Numbers{1}));
}

TEST_F(LoopsTest, AnOutputAndAReductionOfOneElementAreLoopsToo) {
  Formula& f = formula({{1, 1}});
  std::vector<Axis> axes = Formula::axes({1});
  Axis over = axis(1);
  Expr x = f.input(0).at({index(axes[0]), index(over)});
  Loops found = loops(axes, reduce(Reducer::kSum, {over}, x));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found.loads()[0].regular);
}

TEST_F(LoopsTest, DiagonalsPartsAndPredicatesAreIrregular) {
  auto is_regular = [&](const Dims& dims, auto read) {
    Formula& f = formula({dims});
    std::vector<Axis> axes = Formula::axes({n});
    Expr i = index(axes[0]);
    Expr x = read(f.input(0), i);
    return loops(axes, x).loads()[0].regular;
  };
  auto at = [](const Operand& x, const Expr& i) { return x.at({i}); };
  EXPECT_TRUE(is_regular({n}, at));
  EXPECT_FALSE(is_regular({m}, at));
  EXPECT_FALSE(is_regular({n}, [](const Operand& x, const Expr& i) { return x.at({i + 1.0}); }));
  EXPECT_FALSE(is_regular({n, n}, [](const Operand& x, const Expr& i) { return x.at({i, i}); }));
  EXPECT_FALSE(
      is_regular({n}, [](const Operand& x, const Expr& i) { return x.at_if(i < extent(m), {i}); }));
}

TEST_F(LoopsTest, NoteScans) {
  Formula& f = formula({{n}});
  std::vector<Axis> axes = Formula::axes({n});
  Axis along = axis(n);
  Expr sum = scan(Reducer::kSum, along, f.input(0).at({index(along)}), index(axes[0]));
  EXPECT_TRUE(loops(axes, sum)[1].scanned);
}

}  // namespace
}  // namespace mycel::te
