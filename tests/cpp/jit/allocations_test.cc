// Checks that a repeated call allocates its result and nothing else. Left out of sanitised builds,
// which replace the heap.
#ifndef MYCEL_SANITIZED

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "mycel/core/buffer.h"
#include "mycel/jit/jit.h"
#include "mycel/ops/reduce.h"
#include "tests/cpp/support/initialized.h"
#include "tests/cpp/support/run_text.h"

namespace {

std::atomic<int> allocations{0};

}  // namespace

// Counts heap allocations; arrays and tensors take their memory elsewhere. Not inlined: GCC warns
// if it inlines one of the pair.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, size_t) noexcept { std::free(block); }

namespace mycel {
namespace {

struct Used {
  int heap;       // allocations
  size_t arrays;  // bytes that were live at once
};

// Measures the third call.
template <class F>
Used used_by(F call) {
  call();
  call();
  int before = allocations;
  size_t live = allocator_stats().live;
  reset_allocator_peak();
  call();
  return {allocations - before, allocator_stats().peak - live};
}

TEST(Allocations, AreCounted) {
  Used used = used_by([] { vector_of({1, 2}); });
  EXPECT_GE(used.heap, 1);  // the vector of numbers
  EXPECT_EQ(used.arrays, 16u);
}

TEST(Allocations, AnEagerCallMakesItsResult) {
  Tensor x = vector_of({1, 2, 3, 4}), y = tensor(Values{1, 2, 3, 4, 5, 6, 7, 8}, {2, 4});
  auto expect = [](const Used& used, size_t bytes) {
    EXPECT_EQ(used.heap, 0);
    EXPECT_EQ(used.arrays, bytes);
  };
  expect(used_by([&] { x + x; }), 32);
  expect(used_by([&] { x + y; }), 64);
  expect(used_by([&] { exp(x); }), 32);
  expect(used_by([&] { x * 2.0; }), 32 + 8);  // the number is an array too
}

TEST(Allocations, ACompiledCallMakesItsResults) {
  Tensor x = vector_of({1, 2, 3, 4});
  auto f = jit([](const Tensor& a) { return a * 2.0 + 1.0; });
  Used used = used_by([&] { f(x); });
  EXPECT_EQ(used.heap, 0);
  EXPECT_EQ(used.arrays, 32u);
}

TEST(Allocations, ACompiledCallThatWritesManyTensorsMakesNoList) {
  constexpr size_t kMany = 50;
  std::vector<Tensor> written, read;
  for (size_t i = 0; i < kMany; ++i) {
    written.push_back(vector_of({1, 2, 3, 4}));
    read.push_back(vector_of({5, 6, 7, 8}));
  }
  auto f = jit([&](const Tensor& a, const Tensor& b) {
    for (size_t i = 0; i < kMany; ++i) written[i].assign(written[i] + read[i] * b);
    a.assign(a + b);
  });
  Tensor a = vector_of({1, 2, 3, 4}), b = vector_of({1, 1, 1, 1}), view = a.detach();
  EXPECT_EQ(used_by([&] { f(a, b); }).heap, 0);
  EXPECT_EQ(values_of(view), (Values{4, 5, 6, 7}));
  EXPECT_EQ(used_by([&] { f(view, b); }).heap, 0);
  EXPECT_EQ(values_of(a), (Values{7, 8, 9, 10}));
}

TEST(Allocations, ACompiledCallThatReplacesAGradientMakesNoList) {
  Tensor w = vector_of({1, 2, 3, 4});
  w.set_requires_grad(true);
  auto f = jit([&](const Tensor& x) {
    w.set_grad(Tensor());
    sum(w * x).backward();
  });
  Tensor x = vector_of({1, 1, 1, 1});
  GradMode mode(true);
  EXPECT_EQ(used_by([&] { f(x); }).heap, 0);
}

// Heap allocations of a call that finds its results' arrays in place.
int heap_of(std::string_view text, const std::vector<NDArray>& arguments) {
  auto executable = compile_text(text, arguments);
  std::vector<const NDArray*> inputs;
  for (const NDArray& argument : arguments) inputs.push_back(&argument);
  std::vector<NDArray> outputs(executable->parts().outputs.size());
  return used_by([&] { executable->run(inputs, outputs); }).heap;
}

TEST(Allocations, UpdatesOfManyParametersMakeNone) {
  constexpr int kParameters = 50;
  std::string parameters, updates, types, results;
  std::vector<NDArray> arguments{vector_of({0.1}).array()};
  for (int i = 0; i < kParameters; ++i) {
    parameters += fmt::format(", %p{}: f64[8], %g{}: f64[8]", i, i);
    updates += fmt::format("  %s{} = multiply(%g{}, %rate) : f64[8]\n", i, i);
    updates += fmt::format("  %n{} = subtract(%p{}, %s{}) : f64[8]\n", i, i, i);
    types += i == 0 ? "f64[8]" : ", f64[8]";
    results += fmt::format("{}%n{}", i == 0 ? "" : ", ", i);
    for (int k = 0; k < 2; ++k) {
      arguments.push_back(vector_of({1, 2, 3, 4, 5, 6, 7, 8}).array());
    }
  }
  std::string text = "func @main(%rate: f64[1]" + parameters + ") -> (" + types + ") {\n" +
                     updates + "  return " + results + "\n}\n";
  EXPECT_EQ(heap_of(text, arguments), 0);
}

TEST(Allocations, ControlFlowMakesNone) {
  NDArray yes = NDArray::scalar<bool>(true), x = vector_of({1, 2, 3}).array();
  EXPECT_EQ(heap_of(R"(func @main(%c: bool[], %x: f64[3], %y: f64[3]) -> (f64[3]) {
  %r = if(%c) : f64[3] {
    then {
      %0 = add(%x, %y) : f64[3]
      yield %0
    }
    else {
      %1 = exp(%x) : f64[3]
      yield %1
    }
  }
  return %r
})",
                    {yes, x, x}),
            0);
  EXPECT_EQ(heap_of(R"(func @main(%x: f64[3]) -> (f64[3]) {
  %four = constant() {value = i64[]{4}} : i64[]
  %zero = constant() {value = i64[]{0}} : i64[]
  %one = constant() {value = i64[]{1}} : i64[]
  %y, %n = while(%a = %x, %k = %zero) : (f64[3], i64[]) {
    cond {
      %more = less(%k, %four) : bool[]
      yield %more
    }
    body {
      %0 = exp(%a) : f64[3]
      %1 = sin(%0) : f64[3]
      %2 = add(%k, %one) : i64[]
      yield %1, %2
    }
  }
  return %y
})",
                    {x}),
            0);
  EXPECT_EQ(heap_of(R"(func @main(%s: f64[], %xs: f64[3]) -> (f64[], f64[3]) {
  %t, %ys = scan(%c = %s, %x = %xs) {carries = 1} : (f64[], f64[3]) {
    body {
      %0 = add(%c, %x) : f64[]
      yield %0, %0
    }
  }
  return %t, %ys
})",
                    {NDArray::scalar<double>(0), x}),
            0);
}

}  // namespace
}  // namespace mycel

#endif
