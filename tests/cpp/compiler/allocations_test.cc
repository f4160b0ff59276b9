// A call that was made before allocates its result and nothing else. Not in sanitised builds, which
// bring a heap of their own.
#ifndef MYCEL_SANITIZED

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "mycel/compiler/jit.h"
#include "mycel/core/buffer.h"
#include "mycel/ops/reduce.h"
#include "tests/cpp/compiler/setup.h"

namespace {

std::atomic<int> allocations{0};

}  // namespace

// The heap, with a count. Arrays and tensors take their memory elsewhere. Not inlined: GCC warns of
// a pair of which it inlines one.
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

// Of the third call.
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

}  // namespace
}  // namespace mycel

#endif
