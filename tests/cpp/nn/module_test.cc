#include "mycel/nn/module.h"

#include <gtest/gtest.h>

#include "mycel/nn/all.h"
#include "tests/cpp/nn/setup.h"

namespace mycel::nn {
namespace {

struct Block : Module {
  Linear linear = add("linear", Linear(2, 3));
  Tensor scale = add_parameter("scale", ones({3}));
  Tensor count = add_buffer("count", zeros({}));
  Dropout dropout = add("dropout", Dropout(0.5));
  Tensor operator()(const Tensor& x) const { return dropout(linear(x) * scale); }
};

struct Net : Module {
  Block first = add("first", Block());
  Linear last = add("last", Linear(3, 1, {.bias = false}));
};

std::vector<std::string> names(const Named& named) {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : named) out.push_back(name);
  return out;
}

TEST(Module, NamesAreDottedPathsInOrder) {
  Net net;
  EXPECT_EQ(names(net.named_parameters()),
            (std::vector<std::string>{"first.scale", "first.linear.weight", "first.linear.bias",
                                      "last.weight"}));
  EXPECT_EQ(names(net.named_buffers()), std::vector<std::string>{"first.count"});
  EXPECT_EQ(net.parameters().size(), 4u);
  for (const Tensor& parameter : net.parameters()) EXPECT_TRUE(parameter.requires_grad());
  EXPECT_FALSE(net.first.count.requires_grad());
}

TEST(Module, CopiesShareParametersAndMode) {
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested
  Net net, copy = net;
  EXPECT_TRUE(copy.last.weight.same_object(net.last.weight));
  copy.eval();
  EXPECT_FALSE(net.first.dropout.is_training());
  net.train();
  EXPECT_TRUE(copy.is_training());
}

TEST(Module, AStateDictGoesRoundAndFollowsItsModule) {
  Net net, other;
  StateDict state = net.state_dict();
  EXPECT_EQ(state.size(), 5u);
  other.load_state_dict(state);
  EXPECT_EQ(values_of<float>(other.first.linear.weight), values_of<float>(net.first.linear.weight));
  std::vector<float> before = values_of<float>(net.last.weight);
  {
    GradMode no_grad(false);
    net.last.weight.assign(net.last.weight * 0.0);
  }
  EXPECT_EQ(values_of<float>(other.last.weight), before);
  EXPECT_EQ(values_of<float>(state.at("last.weight")), values_of<float>(net.last.weight));
  EXPECT_TRUE(other.last.weight.is_leaf());
}

TEST(Module, WrongKeysAndTypesAreNamedAndChangeNothing) {
  Net net;
  StateDict state = net.state_dict();
  std::vector<float> before = values_of<float>(net.first.scale);
  state.at("first.scale") = filled({3}, 7);
  state.at("last.weight") = filled({2, 2});
  state.erase("first.count");
  state.emplace("more", filled({1}));
  EXPECT_EQ(error_of([&] { net.load_state_dict(state); }),
            "[load_state_dict] expects the same keys and types:\n  missing: first.count\n"
            "  last.weight: expects f32[1,3], got f32[2,2]\n  unexpected: more");
  EXPECT_EQ(values_of<float>(net.first.scale), before);
}

TEST(Module, NamesDifferAndHaveNoDot) {
  struct Twice : Module {
    Twice() {
      add_buffer("a", zeros({}));
      add_parameter("a", zeros({}));
    }
  };
  struct Dotted : Module {
    Dotted() { add_buffer("a.b", zeros({})); }
  };
  EXPECT_TRUE(contains(error_of([] { Twice(); }), "got \"a\" twice"));
  EXPECT_TRUE(contains(error_of([] { Dotted(); }), "without a dot, got \"a.b\""));
}

TEST(Module, ASharedParameterIsListedOnce) {
  struct Tied : Module {
    Linear one = add("one", Linear(2, 2, {.bias = false}));
    Linear two = add("two", one);
  };
  EXPECT_EQ(names(Tied().named_parameters()), std::vector<std::string>{"one.weight"});
}

TEST(Module, ZeroGradClearsEveryGradient) {
  Net net;
  net.last.weight.set_grad(filled({1, 3}));
  net.zero_grad();
  EXPECT_FALSE(net.last.weight.grad().defined());
}

TEST(Module, TheModeIsGuardedInCompiledFunctions) {
  manual_seed(1);
  Block block;
  auto forward = jit([&](Tensor x) { return block(x); });
  Tensor x = filled({4, 2}, 1);
  GradMode no_grad(false);
  block.eval();
  std::vector<float> plain = values_of<float>(forward(x));
  EXPECT_EQ(plain, values_of<float>(block(x)));
  block.train();
  EXPECT_NE(values_of<float>(forward(x)), plain);
  block.eval();
  EXPECT_EQ(values_of<float>(forward(x)), plain);
  EXPECT_EQ(forward.cache().compilations(), 2);
}

}  // namespace
}  // namespace mycel::nn
