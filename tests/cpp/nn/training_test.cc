// A network of every kind of layer, trained in both modes.
#include <gtest/gtest.h>

#include "mycel/nn/all.h"
#include "tests/cpp/nn/setup.h"

namespace mycel::nn {
namespace {

constexpr DType kDouble = DType::kFloat64;

struct Net : Module {
  Conv2d conv = add("conv", Conv2d(1, 3, 3, {.padding = 1, .dtype = kDouble}));
  BatchNorm2d norm = add("norm", BatchNorm2d(3, {.dtype = kDouble}));
  Linear hidden = add("hidden", Linear(12, 6, {.dtype = kDouble}));
  LayerNorm scale = add("scale", LayerNorm(6, {.dtype = kDouble}));
  Dropout dropout = add("dropout", Dropout(0.2));
  Linear out = add("out", Linear(6, 2, {.dtype = kDouble}));

  Tensor operator()(Tensor x) const {
    x = max_pool2d(relu(norm(conv(x))), {.kernel_size = {2}});
    return out(dropout(relu(scale(hidden(flatten(x, 1))))));
  }
};

struct Result {
  std::vector<double> losses;
  StateDict state;
};

template <class Wrap>
Result train(Wrap wrap) {
  manual_seed(11);
  Net net;
  Tensor x = randn({16, 1, 4, 4}, kDouble);
  Tensor y = cast(sum(x, {.dim = Ints{1, 2, 3}}) > 0.0, DType::kInt64);
  auto step = wrap([&] {
    net.zero_grad();
    Tensor loss = cross_entropy(net(x), y);
    loss.backward();
    GradMode no_grad(false);
    for (const Tensor& p : net.parameters()) p.assign(p - p.grad() * 0.2);
    return loss;
  });
  Result result;
  for (int i = 0; i < 30; ++i) result.losses.push_back(step().template item<double>());
  result.state = net.state_dict();
  return result;
}

TEST(Training, LowersTheLossByTheSameNumbersInBothModes) {
  Result eager = train([](auto f) { return f; });
  Result compiled = train([](auto f) { return jit(f); });
  EXPECT_LT(eager.losses.back(), 0.5 * eager.losses.front());
  for (size_t i = 0; i < eager.losses.size(); ++i) {
    EXPECT_NEAR(compiled.losses[i], eager.losses[i], 1e-9 * eager.losses[i]) << "step " << i;
  }
  EXPECT_EQ(compiled.state.at("norm.num_batches_tracked").item<int64_t>(), 30);
  for (const auto& [name, tensor] : eager.state) {
    Tensor error = amax(abs(cast(tensor, kDouble) - cast(compiled.state.at(name), kDouble)));
    EXPECT_LT(error.item<double>(), 1e-8) << name;
  }
}

}  // namespace
}  // namespace mycel::nn
