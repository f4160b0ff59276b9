// Compiling C++ functions of tensors: `auto step = mycel::jit([&](Tensor x, Tensor y) {...});`
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mycel/jit/compiled.h"
#include "mycel/jit/compiled_cache.h"

namespace mycel {

// Caches the compiled forms of one function by the types of its arguments. The first call with new
// types traces the function; later calls run the compiled form as one host call. Captured tensors
// that the function reads or writes (parameters, optimiser state) become its inputs and outputs.
class JitCache {
 public:
  using Body = std::function<Tensors(const Tensors&)>;
  JitCache(std::string name, Body body) : name_(std::move(name)), body_(std::move(body)) {}

  Tensors call(const Tensors& arguments);
  // The number of compilations so far.
  int64_t compilations() const;
  // Returns the IR of the last trace, as traced and after the passes. Raises RuntimeError before
  // any call.
  compiler::CompiledInfo info() const;

 private:
  struct Entry {
    std::vector<ir::Type> types;
    std::vector<bool> requires_grad;
    bool grad_enabled;
    std::shared_ptr<compiler::Compiled> compiled;

    bool fits(const Tensors& arguments) const;
  };
  std::shared_ptr<Entry> find(const Tensors& arguments) const;
  std::shared_ptr<Entry> find_or_compile(const Tensors& arguments);

  std::string name_;
  Body body_;
  mutable std::mutex mutex_;
  CompiledCache<Entry> cache_;
  int64_t compilations_ = 0;
};

// A compiled function of Args, called like the original; copies share the cache.
template <class R, class... Args>
class Jitted {
 public:
  explicit Jitted(std::function<R(const Args&...)> f)
      : cache_(std::make_shared<JitCache>("jit", [f](const Tensors& in) {
          return call_with(f, in, std::index_sequence_for<Args...>());
        })) {}

  R operator()(const Args&... args) const {
    Tensors results = cache_->call({args...});
    if constexpr (std::is_same_v<R, Tensor>) {
      return results[0];
    } else if constexpr (!std::is_void_v<R>) {
      return results;
    }
  }
  const JitCache& cache() const { return *cache_; }

 private:
  static_assert((std::is_same_v<Args, Tensor> && ...), "jit expects a function of Tensors");
  static_assert(std::is_void_v<R> || std::is_same_v<R, Tensor> || std::is_same_v<R, Tensors>,
                "jit expects a function that returns a Tensor, Tensors or nothing");

  template <size_t... I>
  static Tensors call_with(const std::function<R(const Args&...)>& f, const Tensors& in,
                           std::index_sequence<I...>) {
    if constexpr (std::is_void_v<R>) {
      return f(in[I]...), Tensors();
    } else if constexpr (std::is_same_v<R, Tensor>) {
      return {f(in[I]...)};
    } else {
      return f(in[I]...);
    }
  }

  std::shared_ptr<JitCache> cache_;
};

namespace internal {

template <class F, class R, class... Args>
auto make_jit(F f, R (F::*)(Args...) const) {
  return Jitted<R, std::decay_t<Args>...>(std::move(f));
}

}  // namespace internal

// Compiles a function of Tensors that returns a Tensor, Tensors or nothing. Inside another jit it
// is inlined.
//
//   auto step = mycel::jit([&](Tensor x, Tensor y) { ... return loss; });
//   for (...) step(x, y);                              // traced once for each type of arguments
//   std::cout << step.cache().info().traced;           // the IR
template <class F>
auto jit(F f) {
  return internal::make_jit(std::move(f), &F::operator());
}

}  // namespace mycel
