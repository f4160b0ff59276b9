// Layers without parameters, and Sequential, which chains layers.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <vector>

#include "mycel/nn/module.h"

namespace mycel::nn {

class ReLU : public Module {
 public:
  Tensor operator()(const Tensor& x) const { return relu(x); }
};

// Merges the dims from `start_dim` to `end_dim` into one.
class Flatten : public Module {
 public:
  explicit Flatten(int64_t start_dim = 1, int64_t end_dim = -1)
      : start_(start_dim), end_(end_dim) {}
  Tensor operator()(const Tensor& x) const { return flatten(x, start_, end_); }

 private:
  int64_t start_, end_;
};

// In training, zeroes each element with probability p and scales the others by 1 / (1 - p).
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5) : p_(p) {
    if (!(p >= 0 && p <= 1)) fail(Code::kValue, "[Dropout] expects p in [0, 1], got {}", p);
  }
  Tensor operator()(const Tensor& x) const { return dropout(x, p_, is_training()); }

 private:
  double p_;
};

// Runs modules, or functions of a Tensor, in order; they are named "0", "1", ... Construct it with
// braces, which evaluate the layers in order: in parentheses the order, and so the random numbers
// drawn, depends on the compiler.
//
//   nn::Sequential model{nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 10)};
class Sequential : public Module {
 public:
  template <class... M>
    requires(!(sizeof...(M) == 1 && (std::same_as<M, Sequential> && ...)))
  explicit Sequential(const M&... modules) {
    (append(modules), ...);
  }

  template <class M>
  Sequential& append(const M& module) {
    if constexpr (std::derived_from<M, Module>) add(std::to_string(steps_.size()), module);
    steps_.emplace_back(module);
    return *this;
  }
  size_t size() const { return steps_.size(); }
  Tensor operator()(Tensor x) const {
    for (const auto& step : steps_) x = step(x);
    return x;
  }

 private:
  std::vector<std::function<Tensor(const Tensor&)>> steps_;
};

}  // namespace mycel::nn
