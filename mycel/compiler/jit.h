// Compiling C++ functions of tensors: `auto step = mycel::jit([&](Tensor x, Tensor y) {...});`
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mycel/compiler/compiled.h"

namespace mycel {

// The compiled forms of one function, by the types of its arguments. The first call with new types
// traces the function; later calls run what was compiled, as one host call. Outer tensors that the
// function reads or writes (parameters, optimiser state) are inputs and outputs of it.
class JitCache {
 public:
  using Body = std::function<Tensors(const Tensors&)>;
  JitCache(std::string name, Body body) : name_(std::move(name)), body_(std::move(body)) {}

  Tensors call(const Tensors& arguments);
  // How often the function was traced.
  int64_t compilations() const { return compilations_; }
  // The IR of the last trace, as traced and after the passes.
  const compiler::CompiledInfo& info() const;

 private:
  struct Entry {
    std::vector<ir::Type> types;
    std::vector<bool> requires_grad;
    bool grad_enabled;
    std::shared_ptr<compiler::Compiled> compiled;
  };
  std::shared_ptr<compiler::Compiled> find(const Tensors& arguments);

  static constexpr size_t kMost = 64;
  std::string name_;
  Body body_;
  std::mutex mutex_;
  std::vector<Entry> entries_;
  int64_t compilations_ = 0;
};

namespace internal {

template <class F, size_t... I>
Tensors call_with(const F& f, const Tensors& in, std::index_sequence<I...>) {
  using R = decltype(f(in[I]...));
  if constexpr (std::is_same_v<R, Tensor>) {
    return {f(in[I]...)};
  } else {
    return f(in[I]...);
  }
}

template <class F, class R, class... Args>
auto make_jit(F f, R (F::*)(Args...) const) {
  auto cache = std::make_shared<JitCache>("jit", [f](const Tensors& in) {
    return call_with(f, in, std::make_index_sequence<sizeof...(Args)>());
  });
  return [cache](const std::decay_t<Args>&... args) -> std::decay_t<R> {
    Tensors results = cache->call({args...});
    if constexpr (std::is_same_v<std::decay_t<R>, Tensor>) {
      return results[0];
    } else {
      return results;
    }
  };
}

}  // namespace internal

// The function takes Tensors and returns a Tensor or Tensors. Inside another jit it is inlined.
template <class F>
auto jit(F f) {
  return internal::make_jit(std::move(f), &F::operator());
}

}  // namespace mycel
