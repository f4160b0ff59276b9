// Tests calls that wait for another thread, which may invalidate what they found before.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "mycel/jit/jit.h"
#include "mycel/ops/all.h"
#include "mycel/ops/reduce.h"
#include "mycel/tensor/in_place.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/tensor_write_lock.h"
#include "mycel/tensor/view.h"
#include "tests/cpp/support/initialized.h"
#include "tests/cpp/support/interpreter_scope.h"

namespace mycel {
namespace {

// Runs `work` in another thread, which waits for the tensor; `meanwhile` runs before its turn.
void run_after(const Tensor& claimed, const std::function<void()>& work,
               const std::function<void()>& meanwhile) {
  InterpreterScope scope;
  std::optional<TensorWriteLock> claim;
  claim.emplace(*claimed.object());
  std::atomic<bool> began{false};
  std::thread other([&] {
    InterpreterScope scope;
    began = true;
    work();
  });
  {
    ReleaseInterpreterLock unlocked;
    while (!began) std::this_thread::yield();
  }  // the lock comes back when the other thread waits
  meanwhile();
  claim.reset();
  ReleaseInterpreterLock unlocked;
  other.join();
}

TEST(JitThreads, AGradientThatGoesWhileACallWaitsIsMadeAnew) {
  Tensor w = vector_of({1, 2});
  w.set_requires_grad(true);
  auto accumulate = jit([&](const Tensor& x) { sum(w * x).backward(); });
  Tensor x = vector_of({3, 4});
  w.set_grad(vector_of({10, 10}));
  accumulate(x);
  run_after(w, [&] { accumulate(x); }, [&] { w.set_grad(Tensor()); });
  EXPECT_EQ(values_of(w.grad()), (Values{3, 4}));
  EXPECT_EQ(accumulate.cache().compilations(), 2);
}

TEST(JitThreads, AskingTheCacheOfAWaitingCallReleasesTheInterpreterLock) {
  Tensor state = vector_of({1, 2}), x = vector_of({1});
  auto doubles = jit([&](const Tensor& x) {
    state.assign(state * 2.0);
    return x + x;
  });
  doubles(x);
  int64_t compilations = 0;
  std::thread third;
  auto ask = [&] {
    std::atomic<bool> began{false};
    third = std::thread([&] {
      InterpreterScope scope;
      began = true;
      compilations = doubles.cache().compilations();
    });
    ReleaseInterpreterLock unlocked;
    while (!began) std::this_thread::yield();
  };
  run_after(state, [&] { doubles(x); }, ask);
  third.join();
  EXPECT_EQ(compilations, 1);
  EXPECT_EQ(values_of(state), (Values{4, 8}));
}

TEST(JitThreads, ATypeThatChangesWhileACallWaitsIsCompiledFor) {
  Tensor state = vector_of({1, 2});
  auto doubles = jit([&](const Tensor& x) {
    state.assign(state * 2.0);
    return x + x;
  });
  Tensor x = vector_of({1});
  doubles(x);
  run_after(
      state, [&] { doubles(x); }, [&] { rebase(*state.object(), vector_of({1, 2, 3}).state()); });
  EXPECT_EQ(values_of(state), (Values{2, 4, 6}));
  EXPECT_EQ(doubles.cache().compilations(), 2);
}

TEST(JitThreads, AnArgumentThatMovesToAnotherBaseWhileACallWaitsIsWrittenThere) {
  Tensor base = vector_of({1, 2}), view = base.detach();
  auto increment = jit([](const Tensor& x) { x.assign(x + 1.0); });
  increment(view);
  run_after(
      base, [&] { increment(view); }, [&] { rebase(*view.object(), vector_of({10, 20}).state()); });
  EXPECT_EQ(values_of(view), (Values{11, 21}));
  EXPECT_EQ(values_of(base), (Values{2, 3}));
}

TEST(JitThreads, ACallThatReadsWaitsToo) {
  Tensor state = vector_of({1, 2});
  auto total = jit([&](const Tensor& x) { return sum(state * x); });
  Tensor x = vector_of({1, 1}), found;
  total(x);
  run_after(state, [&] { found = total(x); }, [&] { state.assign(vector_of({5, 6})); });
  EXPECT_EQ(values_of(found), Values{11});
}

TEST(JitThreads, AnEagerWriteThatWaitsReadsItsOperandsAfterwards) {
  Tensor x = vector_of({1, 2}), n = vector_of({10, 20}), view = n.detach();
  const ir::OpDef& add = *ir::Registry::get().find("add");
  bool done = false;
  run_after(
      x, [&] { done = apply_in_place(add, Operands(x, view), {}); },
      [&] { drop_cached_views(*n.object()); });
  EXPECT_TRUE(done);
  EXPECT_EQ(values_of(x), (Values{11, 22}));
}

TEST(JitThreads, AnEagerWriteThatWaitsForAnotherTypeTakesTheOtherWay) {
  Tensor x = vector_of({1, 2}), y = vector_of({1, 2});
  const ir::OpDef& add = *ir::Registry::get().find("add");
  bool done = true;
  run_after(
      x, [&] { done = apply_in_place(add, Operands(x, y), {}); },
      [&] { rebase(*x.object(), tensor(std::vector<float>{1, 2}, {2}).state()); });
  EXPECT_FALSE(done);
}

TEST(JitThreads, AnAssignmentThatWaitsIsCheckedAfterwards) {
  Tensor x = vector_of({1, 2});
  bool raised = false;
  run_after(
      x,
      [&] {
        try {
          x.assign(vector_of({3, 4}));
        } catch (const Error&) {
          raised = true;
        }
      },
      [&] { x.set_requires_grad(true); });
  EXPECT_TRUE(raised);
  EXPECT_EQ(values_of(x), (Values{1, 2}));
}

}  // namespace
}  // namespace mycel
