#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>

#include "mycel/optim/all.h"
#include "tests/cpp/support/tensors.h"

namespace mycel::optim {
namespace {

using Groups = std::vector<ParamGroup<SGDOptions>>;
using Maker = std::function<std::unique_ptr<Optimizer>(Tensors)>;

Tensor variable(const Values& values) {
  initialize();
  return mycel::variable(values);
}

template <class T, class Options>
Maker maker(const Options& options) {
  return
      [options](Tensors parameters) { return std::make_unique<T>(std::move(parameters), options); };
}

struct Named {
  const char* name;
  Maker make;
};

const std::vector<Named>& rules() {
  static const std::vector<Named> all = {
      {"SGD", maker<SGD>(SGDOptions{.lr = 0.1, .weight_decay = 0.01})},
      {"Momentum", maker<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.5, .dampening = 0.1})},
      {"Nesterov", maker<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.5, .nesterov = true})},
      {"Adadelta", maker<Adadelta>(AdadeltaOptions{.lr = 5, .eps = 1e-2})},
      {"AdamW", maker<AdamW>(AdamWOptions{.lr = 0.1})}};
  return all;
}

// Minimises a paraboloid, steeper along one axis, with a schedule; run() returns the losses.
struct Training {
  explicit Training(const Maker& make)
      : x(variable({3, -2})), optimizer(make({x})), schedule(*optimizer, 2, 0.9) {}

  Tensor loss() const { return sum(x * x * tensor(Values{1, 0.25}, {2})); }
  Tensor step() const {
    optimizer->zero_grad();
    Tensor now = loss();
    now.backward();
    optimizer->step();
    return now;
  }
  template <class F>
  Values run(const F& one_step, int count) {
    Values losses;
    for (int i = 0; i < count; ++i) {
      losses.push_back(one_step().template item<double>());
      schedule.step();
    }
    return losses;
  }

  Tensor x;
  std::unique_ptr<Optimizer> optimizer;
  StepLR schedule;
};

class OptimizerTest : public ::testing::TestWithParam<Named> {};

TEST_P(OptimizerTest, LowersALoss) {
  Training training(GetParam().make);
  Values losses = training.run([&] { return training.step(); }, 20);
  EXPECT_LT(losses.back(), 0.5 * losses.front());
}

TEST_P(OptimizerTest, EagerAndCompiledStepsAgreeAndAScheduleCompilesNothing) {
  Training eager(GetParam().make), compiled(GetParam().make);
  auto step = jit([&] { return compiled.step(); });
  Values expected = eager.run([&] { return eager.step(); }, 12), got = compiled.run(step, 12);
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(got[i], expected[i], 1e-12 * expected[i]);
  EXPECT_EQ(step.cache().compilations(), 1);
  EXPECT_NEAR(compiled.optimizer->lr() / GetParam().make({variable({1})})->lr(), std::pow(0.9, 6),
              1e-12);
}

TEST_P(OptimizerTest, AStateDictContinuesWhereItWasTaken) {
  Training first(GetParam().make), second(GetParam().make);
  first.run([&] { return first.step(); }, 4);
  StateDict state = first.optimizer->state_dict();
  {
    GradMode no_grad(false);
    second.x.assign(first.x.detach());
  }
  second.optimizer->load_state_dict(state);
  EXPECT_EQ(second.optimizer->lr(), first.optimizer->lr());
  EXPECT_EQ(first.run([&] { return first.step(); }, 4),
            second.run([&] { return second.step(); }, 4));
}

TEST_P(OptimizerTest, AParameterWithoutGradientStaysAsItIs) {
  Tensor used = variable({1}), unused = variable({2});
  auto optimizer = GetParam().make({used, unused});
  sum(used * 3.0).backward();
  optimizer->step();
  EXPECT_NE(values_of(used), Values{1});
  EXPECT_EQ(values_of(unused), Values{2});
  optimizer->zero_grad();
  EXPECT_FALSE(used.grad().defined());
}

INSTANTIATE_TEST_SUITE_P(Rules, OptimizerTest, ::testing::ValuesIn(rules()),
                         [](const auto& info) { return info.param.name; });

// Updates one number, initially 1, with gradients 2 and 3; the tests compute the same by hand.
Values two_steps(const Maker& make) {
  Tensor x = variable({1});
  auto optimizer = make({x});
  Values out;
  for (double gradient : {2.0, 3.0}) {
    x.set_grad(tensor(Values{gradient}, {1}));
    optimizer->step();
    out.push_back(values_of(x)[0]);
  }
  return out;
}

TEST(Optimizers, FollowTheirFormulas) {
  Values sgd = two_steps(maker<SGD>(SGDOptions{.lr = 0.1}));
  EXPECT_NEAR(sgd[1], 1 - 0.2 - 0.3, 1e-15);
  Values momentum = two_steps(maker<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.5, .dampening = 0.5}));
  EXPECT_NEAR(momentum[1], 1 - 0.1 * 2 - 0.1 * (0.5 * 2 + 0.5 * 3), 1e-15);
  Values adam = two_steps(maker<AdamW>(AdamWOptions{.lr = 0.1, .eps = 0, .weight_decay = 0.5}));
  EXPECT_NEAR(adam[0], 1 * (1 - 0.05) - 0.1, 1e-15);
  Values adadelta = two_steps(maker<Adadelta>(AdadeltaOptions{.lr = 1, .rho = 0.5, .eps = 1}));
  double delta = std::sqrt(1.0) / std::sqrt(0.5 * 4 + 1) * 2;
  EXPECT_NEAR(adadelta[0], 1 - delta, 1e-15);
}

TEST(Optimizers, RefuseWhatTheyCannotTrain) {
  Tensor x = variable({1});
  EXPECT_TRUE(contains(error_of([] { SGD(Tensors{}); }), "[SGD] expects parameters, got none"));
  EXPECT_TRUE(contains(error_of([&] { AdamW({x, x}); }), "numbers 0 and 1 the same"));
  EXPECT_TRUE(contains(error_of([&] { Adadelta({x * 2.0}); }), "leaves as parameters"));
  EXPECT_TRUE(contains(error_of([&] { SGD({x}, {.lr = -1}); }), "lr in [0, inf), got -1"));
  EXPECT_TRUE(contains(error_of([&] { AdamW({x}, {.beta2 = 1}); }), "beta2 in [0, 1), got 1"));
  EXPECT_TRUE(contains(error_of([&] { SGD({x}, {.nesterov = true}); }), "nesterov"));
  SGD sgd({x}, {.lr = 0.5});
  EXPECT_TRUE(contains(error_of([&] { sgd.set_lr(std::nan("")); }), "got nan"));
  EXPECT_EQ(sgd.lr(), 0.5);
  EXPECT_TRUE(contains(error_of([&] { StepLR(sgd, 0); }), "at least 1, got 0"));
}

TEST(Optimizers, AWrongStateIsNamedAndChangesNothing) {
  Tensor x = variable({1});
  AdamW adam({x});
  SGD sgd({x}, {.lr = 0.25});
  std::string message = error_of([&] { adam.load_state_dict(sgd.state_dict()); });
  EXPECT_TRUE(contains(message, "[load_state_dict]")) << message;
  EXPECT_TRUE(contains(message, "missing: state.0.exp_avg")) << message;
  EXPECT_TRUE(contains(message, "unexpected: param_groups.0.momentum")) << message;
  EXPECT_EQ(adam.lr(), 1e-3);
}

TEST(Optimizers, ANumberOutOfRangeInAStateChangesNothing) {
  Tensor x = variable({1});
  AdamW adam({x});
  StateDict state = adam.state_dict();
  state.at("state.0.step") = scalar(7.0, DType::kFloat64);
  state.at("param_groups.0.beta1") = scalar(0.5, DType::kFloat64);
  state.at("param_groups.0.lr") = scalar(-1.0, DType::kFloat64);
  EXPECT_TRUE(contains(error_of([&] { adam.load_state_dict(state); }), "lr in [0, inf), got -1"));
  EXPECT_EQ(adam.state_dict().at("state.0.step").item<double>(), 0);
  EXPECT_EQ(adam.state_dict().at("param_groups.0.beta1").item<double>(), 0.9);
}

TEST(ParamGroups, HaveOptionsOfTheirOwn) {
  Tensor a = variable({1}), b = variable({1}), c = variable({1});
  SGD sgd({{{a}, {.lr = 0.5}}, {{b}, {.lr = 0.25, .momentum = 0.5}}});
  sgd.add_param_group({{c}, {.lr = 1, .weight_decay = 1}});
  EXPECT_EQ(sgd.num_groups(), 3u);
  for (int step = 0; step < 2; ++step) {
    for (const Tensor& x : {a, b, c}) x.set_grad(tensor(Values{1}, {1}));
    sgd.step();
  }
  EXPECT_EQ(values_of(a), Values{1 - 0.5 - 0.5});
  EXPECT_EQ(values_of(b), Values{1 - 0.25 * 1 - 0.25 * 1.5});
  EXPECT_EQ(values_of(c), Values{-1 - (1 - 1)});
  StepLR(sgd, 1, 0.5).step();
  EXPECT_EQ(sgd.lr(0), 0.25);
  EXPECT_EQ(sgd.lr(2), 0.5);
  sgd.zero_grad();
  EXPECT_FALSE(c.grad().defined());
}

TEST(ParamGroups, ArePartOfTheState) {
  Tensor a = variable({1}), b = variable({1});
  auto make = [&] {
    return std::make_unique<SGD>(Groups{{{a}, {.lr = 0.5}}, {{b}, {.momentum = 0.5}}});
  };
  auto one = make(), two = make();
  b.set_grad(tensor(Values{3}, {1}));
  one->step();
  one->set_lr(0.125, 1);
  StateDict state = one->state_dict();
  EXPECT_EQ(state.count("state.0.step"), 0u);
  EXPECT_EQ(state.at("state.1.step").item<double>(), 1);
  two->load_state_dict(state);
  EXPECT_EQ(two->lr(0), 0.5);
  EXPECT_EQ(two->lr(1), 0.125);
  EXPECT_EQ(values_of(two->state_dict().at("state.1.momentum_buffer")), Values{3});
}

TEST(ParamGroups, OneThatIsAddedLaterIsTrainedByTheCompiledStep) {
  Tensor a = variable({1}), b = variable({1});
  SGD sgd({a}, {.lr = 0.5});
  auto step = jit([&] {
    sgd.zero_grad();
    Tensor loss = sum(a + b);
    loss.backward();
    sgd.step();
    return loss;
  });
  step();
  sgd.add_param_group({{b}, {.lr = 0.25}});
  step();
  EXPECT_EQ(values_of(a), Values{0});
  EXPECT_EQ(values_of(b), Values{0.75});
}

TEST(ParamGroups, ShareNoParameter) {
  Tensor a = variable({1}), b = variable({1});
  SGD sgd({a});
  EXPECT_TRUE(
      contains(error_of([&] { sgd.add_param_group({{b, a}}); }), "numbers 0 and 2 the same"));
  EXPECT_TRUE(contains(error_of([&] { sgd.add_param_group({{b}, {.lr = -1}}); }), "got -1"));
  EXPECT_EQ(sgd.num_groups(), 1u);
  EXPECT_TRUE(contains(error_of([&] { sgd.set_lr(1, 1); }), "expects a group below 1, got 1"));
  EXPECT_TRUE(contains(error_of([] { SGD(Groups{}); }), "expects parameters, got none"));
}

TEST(StepLR, MultipliesEveryFewSteps) {
  SGD sgd({variable({1})}, {.lr = 1});
  StepLR schedule(sgd, 2, 0.5);
  Values rates;
  for (int i = 0; i < 5; ++i) {
    schedule.step();
    rates.push_back(sgd.lr());
  }
  EXPECT_EQ(rates, (Values{1, 0.5, 0.5, 0.25, 0.25}));
}

}  // namespace
}  // namespace mycel::optim
