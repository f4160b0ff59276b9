#include "mycel/tensor/tensor_write_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/view.h"
#include "tests/cpp/support/interpreter_scope.h"

namespace mycel {
namespace {

Tensor zero() { return tensor(std::vector<float>{0}, {1}); }

TEST(TensorWriteLock, ThreadsThatShareAnObjectTakeTurns) {
  int shared = 0, a = 0, b = 0;
  std::atomic<int> started{0}, inside{0}, met{0};
  auto claim_often = [&](const void* own) {
    const void* objects[] = {own, &shared};
    ++started;
    while (started < 2) std::this_thread::yield();
    for (int i = 0; i < 200; ++i) {
      TensorWriteLock claim{TensorWriteLock::Objects(objects)};
      met += inside++;
      std::this_thread::yield();  // gives the other thread a chance to enter
      --inside;
    }
  };
  std::thread other(claim_often, &a);
  claim_often(&b);
  other.join();
  EXPECT_EQ(met, 0);
}

TEST(TensorWriteLock, AThreadMayClaimReadAndWriteAgainWhatItHasClaimed) {
  Tensor x = zero();
  TensorWriteLock outer(*x.object());
  TensorWriteLock inner(*x.object());
  EXPECT_FALSE(inner.waited());
  x.assign(zero());
  EXPECT_EQ(x.array().size(), 1);
}

TEST(TensorWriteLock, OtherObjectsDoNotWait) {
  Tensor x = zero(), y = zero();
  TensorWriteLock claim(*x.object());
  std::thread([&] {
    TensorWriteLock second(*y.object());
    EXPECT_FALSE(second.waited());
  }).join();
}

// Whether `work` in another thread waits until the tensor's lock is released.
bool waits_for_claim(const Tensor& claimed, const std::function<void()>& work) {
  std::atomic<bool> began{false}, ended{false}, seen{false};
  std::optional<TensorWriteLock> claim;
  claim.emplace(*claimed.object());
  std::thread other([&] {
    began = true;
    work();
    seen = ended.load();
  });
  while (!began) std::this_thread::yield();
  // Work that does not wait is done after that time.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ended = true;
  claim.reset();
  other.join();
  return seen;
}

TEST(TensorWriteLock, AWriterWaitsForItsEnd) {
  Tensor x = zero(), view = x.detach(), value = zero();
  EXPECT_TRUE(waits_for_claim(x, [&] { x.assign(value); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { view.assign(value); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { value.assign(x); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { x.set_grad(value); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { replace_value(view, value); }));
}

TEST(TensorWriteLock, AReaderWaitsForItsEnd) {
  Tensor x = zero(), view = x.detach();
  EXPECT_TRUE(waits_for_claim(x, [&] { x.array(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { view.array(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { x.snapshot(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { x.grad(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] {
    const void* read[] = {x.object()};
    EXPECT_TRUE(TensorWriteLock({}, read).waited());
  }));
}

TEST(TensorWriteLock, AThreadThatHasOneReadsWhatAnotherClaims) {
  Tensor x = zero(), y = zero();
  TensorWriteLock claim(*x.object());
  std::thread([&] {
    TensorWriteLock second(*y.object());  // with a lock held, waiting could deadlock
    EXPECT_EQ(x.array().size(), 1);
  }).join();
}

// Whether another thread that waits for the lock gets it before this one locks again.
bool leaves_turn() {
  Tensor x = zero();
  std::optional<TensorWriteLock> claim;
  claim.emplace(*x.object());
  std::atomic<bool> began{false}, had_turn{false};
  std::thread other([&] {
    began = true;
    TensorWriteLock own(*x.object());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    had_turn = true;
  });
  while (!began) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // until it waits, mostly
  claim.reset();
  claim.emplace(*x.object());
  bool result = had_turn;
  claim.reset();
  other.join();
  return result;
}

TEST(TensorWriteLock, WhoClaimsAgainComesAfterThoseThatWait) {
  bool left = false;
  for (int i = 0; i < 20 && !left; ++i) left = leaves_turn();
  EXPECT_TRUE(left);
}

TEST(TensorWriteLock, FollowsATensorToItsNewBase) {
  InterpreterScope scope;
  Tensor base = zero(), view = base.detach(), value = zero();
  std::optional<TensorWriteLock> claim;
  claim.emplace(*base.object());
  std::atomic<bool> began{false}, claimed{false}, over{false};
  std::thread other([&] {
    InterpreterScope scope;
    began = true;
    TensorWriteLock own(*view.object());
    claimed = true;
    ReleaseInterpreterLock unlocked;
    while (!over) std::this_thread::yield();
  });
  {
    ReleaseInterpreterLock unlocked;
    while (!began) std::this_thread::yield();
  }  // the lock comes back when the other thread waits
  rebase(*view.object(), value.state());
  claim.reset();
  ReleaseInterpreterLock unlocked;
  while (!claimed) std::this_thread::yield();
  EXPECT_FALSE(TensorWriteLock(*base.object()).waited());
  over = true;
  other.join();
}

}  // namespace
}  // namespace mycel
