// Checks gradients against finite differences, in float64, at orders 1 and 2.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mycel/autodiff/backward.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "tests/cpp/registry/cases.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

const ir::OperandSpec& spec_of(const ir::OpDef& op, size_t i) {
  return op.operands[std::min(i, op.operands.size() - 1)];
}

// The inputs that gradients flow to.
std::vector<size_t> differentiable(const Case& c, const std::vector<NDArray>& arrays) {
  std::vector<size_t> which;
  for (size_t i = 0; i < arrays.size(); ++i) {
    bool floats = arrays[i].defined() && arrays[i].dtype() == DType::kFloat64;
    if (floats && spec_of(*c.op, i).differentiable) which.push_back(i);
  }
  return which;
}

Tensor random_like(const Tensor& x, uint64_t seed) {
  SampleGenerator generator(seed);
  SampleInput input;
  input.shape = x.shape();
  input.low = -1, input.high = 1;
  return Tensor(sample_array(input, DType::kFloat64, generator));
}

double dot(const Tensors& a, const Tensors& b) {
  double total = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].defined()) total += sum(a[i] * b[i]).item<double>();
  }
  return total;
}

// The sum, with random weights, of all results that have a gradient.
Tensor weighted(const Tensors& results, uint64_t seed) {
  Tensor total;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i].defined() || results[i].dtype() != DType::kFloat64 ||
        !results[i].requires_grad()) {
      continue;
    }
    Tensor term = sum(results[i] * random_like(results[i], seed + i));
    total = total.defined() ? total + term : term;
  }
  return total;
}

// A scalar function of the inputs, undefined if it depends on nothing; its value takes `order` - 1
// gradients.
class Function {
 public:
  Function(const Case& c, std::vector<size_t> wrt) : case_(c), wrt_(std::move(wrt)) {}

  Tensor value(const Tensors& inputs, int order) const {
    if (order == 1) return weighted(run(case_, inputs), 100);
    Tensor inner = value(inputs, order - 1);
    if (!inner.defined()) return inner;
    return weighted(gradients_of(inner, inputs, true), 200 * static_cast<uint64_t>(order));
  }

  Tensors gradients_of(const Tensor& number, const Tensors& inputs, bool create_graph) const {
    Tensors chosen;
    for (size_t i : wrt_) chosen.push_back(inputs[i]);
    return gradients({number}, {}, chosen,
                     {.retain_graph = true, .create_graph = create_graph, .allow_unused = true});
  }

  // The inputs moved by `step` along the directions, as leaves.
  Tensors inputs(const std::vector<NDArray>& arrays, const Tensors& directions, double step) const {
    Tensors moved = to_tensors(arrays);
    for (size_t k = 0; k < wrt_.size(); ++k) {
      Tensor& x = moved[wrt_[k]];
      x = (x + directions[k] * step).detach();
      x.set_requires_grad(true);
    }
    return moved;
  }

 private:
  const Case& case_;
  std::vector<size_t> wrt_;
};

void check_order(const Case& c, int order) {
  std::vector<NDArray> arrays = c.arrays();
  std::vector<size_t> wrt = differentiable(c, arrays);
  if (wrt.empty()) return;
  Function f(c, wrt);
  Tensors directions;
  for (size_t k = 0; k < wrt.size(); ++k) {
    directions.push_back(random_like(Tensor(arrays[wrt[k]]), 300 + k));
  }
  Tensors inputs = f.inputs(arrays, directions, 0);
  Tensor value = f.value(inputs, order);
  if (!value.defined()) return;
  double slope = dot(f.gradients_of(value, inputs, false), directions);
  constexpr double kStep = 1e-5;
  auto at = [&](double step) {
    return f.value(f.inputs(arrays, directions, step), order).item<double>();
  };
  double expected = (at(kStep) - at(-kStep)) / (2 * kStep);
  bool without_elements = std::any_of(arrays.begin(), arrays.end(),
                                      [](const NDArray& array) { return array.size() == 0; });
  if (std::isnan(expected) && without_elements) {  // NaN whatever the inputs are
    EXPECT_TRUE(std::isnan(slope) || slope == 0) << slope;
    return;
  }
  EXPECT_NEAR(slope, expected, 2e-7 * std::max({1.0, std::abs(expected)})) << "order " << order;
}

bool double_precision(DType dtype) { return dtype == DType::kFloat64; }

TEST(Registry, GradientsAreSlopes) {
  for_each_case(definitions(), double_precision, [](const Case& c) {
    if (c.sample->check_order >= 1) check_order(c, 1);
  });
}

TEST(Registry, GradientsOfGradientsAreSlopesOfGradients) {
  for_each_case(definitions(), double_precision, [](const Case& c) {
    if (c.sample->check_order >= 2) check_order(c, 2);
  });
}

}  // namespace
}  // namespace mycel
