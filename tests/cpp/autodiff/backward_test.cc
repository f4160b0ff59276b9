#include "mycel/autodiff/backward.h"

#include <gtest/gtest.h>

#include <thread>

#include "mycel/autodiff/targets.h"
#include "mycel/autodiff/variable.h"
#include "mycel/ops/reduce.h"
#include "mycel/tensor/tape.h"
#include "tests/cpp/autodiff/setup.h"

namespace mycel {
namespace {

TEST(Backward, AddsToTheGradientOfEveryLeaf) {
  Tensor x = variable({1, 2}), y = variable({3, 4}), constant = variable({5, 6}).detach();
  sum(x * y + x * constant).backward();
  EXPECT_EQ(values_of(x.grad()), (Values{8, 10}));
  EXPECT_EQ(values_of(y.grad()), (Values{1, 2}));
  sum(x).backward();
  EXPECT_EQ(values_of(x.grad()), (Values{9, 11}));
  EXPECT_FALSE(constant.grad().defined());
}

TEST(Backward, AGradientIsAnObjectOfItsOwn) {
  Tensor x = variable({1, 2}), seed = variable({3, 4}).detach();
  (x + 0.0).backward(seed);
  x.grad().assign(seed * 2.0);
  EXPECT_EQ(values_of(seed), (Values{3, 4}));
}

TEST(Backward, BroadcastOperandsGetSums) {
  Tensor x = variable({2}), y = variable({1, 2, 3});
  sum(x * y).backward();
  EXPECT_EQ(values_of(x.grad()), Values{6});
  EXPECT_EQ(values_of(y.grad()), (Values{2, 2, 2}));
}

TEST(Backward, NeedsAScalarOrAGradientOfTheOutputsType) {
  Tensor x = variable({1, 2});
  EXPECT_TRUE(contains(error_of([&] { (x * 2.0).backward(); }), "one element, or a gradient"));
  EXPECT_TRUE(
      contains(error_of([&] { (x * 2.0).backward(variable({1})); }), "of the output's type"));
  EXPECT_TRUE(contains(error_of([&] { x.detach().backward(); }), "requires_grad=True"));
}

TEST(Backward, ASecondPassNeedsTheGraphToBeRetained) {
  Tensor x = variable({2});
  Tensor y = sum(x * x);
  y.backward({}, true);
  y.backward();
  EXPECT_EQ(values_of(x.grad()), Values{8});
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "retain_graph=True"));
}

TEST(Backward, CreateGraphGivesGradientsOfGradients) {
  Tensor x = variable({3});
  sum(x * x * x).backward({}, false, true);
  Tensor first = x.grad();
  EXPECT_EQ(values_of(first), Values{27});
  Tensor second = gradients({first}, {}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(values_of(second), Values{18});
  EXPECT_EQ(values_of(gradients({second}, {}, {x})[0]), Values{6});
}

TEST(Gradients, OfSeveralOutputsAndOfInnerTensors) {
  Tensor x = variable({2}), y = x * x, z = y * 3.0;
  Tensors found = gradients({z, y}, {{}, variable({10}).detach()}, {x, y});
  EXPECT_EQ(values_of(found[0]), Values{(3 + 10) * 4});
  EXPECT_EQ(values_of(found[1]), Values{13});
  EXPECT_FALSE(x.grad().defined());
}

TEST(Gradients, AnUnusedInputIsAnErrorUnlessAllowed) {
  Tensor x = variable({2}), y = variable({3});
  EXPECT_TRUE(
      contains(error_of([&] { gradients({x * 2.0}, {}, {x, y}); }), "input 1 of type f64[1]"));
  Tensors found = gradients({x * 2.0}, {}, {x, y}, {.allow_unused = true});
  EXPECT_EQ(values_of(found[0]), Values{2});
  EXPECT_FALSE(found[1].defined());
  EXPECT_TRUE(contains(error_of([&] { gradients({x}, {}, {y.detach()}); }), "requires_grad=True"));
}

TEST(Gradients, AVariableOfAnInnerDifferentiationStaysConnected) {
  Tensor x = variable({2});
  Tensor inner = as_variable(x);
  Tensor slope = gradients({inner * inner * x}, {}, {inner}, {.create_graph = true})[0];
  EXPECT_EQ(values_of(slope), Values{8});                           // 2 i x at i = x
  EXPECT_EQ(values_of(gradients({slope}, {}, {x})[0]), Values{8});  // d (2 x^2) / dx
}

TEST(Gradients, AVariableIsOpenUntilItIsClosed) {
  Tensor x = as_variable(variable({2}).detach());
  Tensor y = x * x;
  EXPECT_TRUE(depends_on_open(y));
  close_variable(x);
  EXPECT_FALSE(depends_on_open(y));
  EXPECT_EQ(values_of(gradients({y}, {}, {x})[0]), Values{4});
  EXPECT_TRUE(depends_on_open(x * variable({3})));  // a leaf
}

TEST(Gradients, AScopeOfVariablesIsOneThreads) {
  Tensor w = variable({2});
  VariableScope scope({w});
  scope.enter();
  std::thread([&] { (w * 10.0).backward(); }).join();
  Tensor found = gradients({w * 3.0}, {}, {scope.variables()[0]})[0];
  scope.exit();
  EXPECT_EQ(values_of(w.grad()), Values{10});
  EXPECT_EQ(values_of(found), Values{3});
  w.set_grad({});
  w.backward();
  EXPECT_EQ(values_of(w.grad()), Values{1});
}

TEST(Gradients, TheGraphOfAFreedPassIsKnown) {
  Tensor x = variable({2}), y = sum(x * x);
  EXPECT_FALSE(FreedGraphs().contains(y.state().edge));
  y.backward();
  Tensor z = y * 2.0;
  FreedGraphs freed;
  EXPECT_TRUE(freed.contains(z.state().edge));
  EXPECT_TRUE(freed.contains(y.state().edge));
  EXPECT_FALSE(freed.contains(x.state().edge));
  EXPECT_FALSE(freed.contains({}));
}

// A node of a chain that counts the visits of its input.
class CountingNode final : public Node {
 public:
  CountingNode(IntrusivePtr<Node> input, size_t& looks)
      : input_{std::move(input), 0}, looks_(looks) {}
  size_t num_inputs() const override { return 1; }
  const Edge& edge(size_t) const override {
    ++looks_;
    return input_;
  }
  size_t num_outputs() const override { return 1; }
  Tensors vjp(const Tensors&, const std::vector<bool>&) override { return {}; }
  void free_saved() override {}
  const ir::Location& location() const override { return location_; }

 private:
  Edge input_;
  size_t& looks_;
  ir::Location location_;
};

TEST(Gradients, TheGraphsOfManyValuesAreLookedAtOnce) {
  constexpr size_t kLength = 1000;
  size_t looks = 0;
  std::vector<Edge> edges{{}};
  for (size_t i = 0; i < kLength; ++i) {
    edges.push_back({make_intrusive<CountingNode>(edges.back().node, looks), 0});
  }
  FreedGraphs freed;
  for (const Edge& edge : edges) EXPECT_FALSE(freed.contains(edge));
  EXPECT_LE(looks, 2 * kLength);
}

TEST(Gradients, OneTargetMayBeGivenTwice) {
  Tensor x = variable({2}), y = variable({3});
  Tensors found = gradients({x * y}, {}, {x, y, x});
  EXPECT_EQ(values_of(found[0]), Values{3});
  EXPECT_EQ(values_of(found[1]), Values{2});
  EXPECT_EQ(values_of(found[2]), Values{3});
}

struct CountingEqual {
  static inline size_t comparisons = 0;
  bool operator()(const TargetKey& a, const TargetKey& b) const {
    ++comparisons;
    return a == b;
  }
};

TEST(Gradients, ATargetOfManyIsFoundByFewComparisons) {
  constexpr size_t kCount = 48000;
  size_t looks = 0;
  std::vector<Edge> edges;
  for (size_t i = 0; i < kCount; ++i) {
    edges.push_back({make_intrusive<CountingNode>(nullptr, looks), 0});
  }
  CountingEqual::comparisons = 0;
  Targets<CountingEqual> targets(edges);
  for (const Edge& edge : edges) EXPECT_NE(targets.find(edge), nullptr);
  EXPECT_EQ(targets.find({make_intrusive<CountingNode>(nullptr, looks), 0}), nullptr);
  EXPECT_LE(CountingEqual::comparisons, 10 * kCount);
}

// The stack of a test could not hold 100,000 frames, and a quadratic step would take minutes.
TEST(Backward, AChainOf100000NodesNeedsNoStack) {
  constexpr int kLength = 100000;
  Tensor x = variable({1}), y = x;
  for (int i = 0; i < kLength; ++i) y = y + x;
  y.backward();
  EXPECT_EQ(values_of(x.grad()), Values{kLength + 1.0});
}

}  // namespace
}  // namespace mycel
