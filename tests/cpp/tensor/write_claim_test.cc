#include "mycel/tensor/write_claim.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "mycel/tensor/object.h"
#include "mycel/tensor/view.h"
#include "tests/cpp/support/front_end.h"

namespace mycel {
namespace {

Tensor zero() { return tensor(std::vector<float>{0}, {1}); }

TEST(WriteClaim, ThreadsThatShareAnObjectTakeTurns) {
  int shared = 0, a = 0, b = 0;
  std::atomic<int> started{0}, inside{0}, met{0};
  auto claim_often = [&](const void* own) {
    const void* objects[] = {own, &shared};
    ++started;
    while (started < 2) std::this_thread::yield();
    for (int i = 0; i < 200; ++i) {
      WriteClaim claim{WriteClaim::Objects(objects)};
      met += inside++;
      std::this_thread::yield();  // where the other thread would come in
      --inside;
    }
  };
  std::thread other(claim_often, &a);
  claim_often(&b);
  other.join();
  EXPECT_EQ(met, 0);
}

TEST(WriteClaim, AThreadMayClaimReadAndWriteAgainWhatItHasClaimed) {
  Tensor x = zero();
  WriteClaim outer(*x.object());
  WriteClaim inner(*x.object());
  EXPECT_FALSE(inner.waited());
  x.assign(zero());
  EXPECT_EQ(x.array().size(), 1);
}

TEST(WriteClaim, OtherObjectsDoNotWait) {
  Tensor x = zero(), y = zero();
  WriteClaim claim(*x.object());
  std::thread([&] {
    WriteClaim second(*y.object());
    EXPECT_FALSE(second.waited());
  }).join();
}

// Whether what another thread does waits for the end of a claim of the tensor.
bool waits_for_claim(const Tensor& claimed, const std::function<void()>& work) {
  std::atomic<bool> began{false}, ended{false}, seen{false};
  std::optional<WriteClaim> claim;
  claim.emplace(*claimed.object());
  std::thread other([&] {
    began = true;
    work();
    seen = ended.load();
  });
  while (!began) std::this_thread::yield();
  // One that does not wait is done after that time.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ended = true;
  claim.reset();
  other.join();
  return seen;
}

TEST(WriteClaim, AWriterWaitsForItsEnd) {
  Tensor x = zero(), view = x.detach(), value = zero();
  EXPECT_TRUE(waits_for_claim(x, [&] { x.assign(value); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { view.assign(value); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { value.assign(x); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { x.set_grad(value); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { replace_value(view, value); }));
}

TEST(WriteClaim, AReaderWaitsForItsEnd) {
  Tensor x = zero(), view = x.detach();
  EXPECT_TRUE(waits_for_claim(x, [&] { x.array(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { view.array(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { x.snapshot(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] { x.grad(); }));
  EXPECT_TRUE(waits_for_claim(x, [&] {
    const void* read[] = {x.object()};
    EXPECT_TRUE(WriteClaim({}, read).waited());
  }));
}

TEST(WriteClaim, AThreadThatHasOneReadsWhatAnotherClaims) {
  Tensor x = zero(), y = zero();
  WriteClaim claim(*x.object());
  std::thread([&] {
    WriteClaim second(*y.object());  // each could wait for the other
    EXPECT_EQ(x.array().size(), 1);
  }).join();
}

// Whether another thread that waits for a claim has it before this one claims again.
bool leaves_turn() {
  Tensor x = zero();
  std::optional<WriteClaim> claim;
  claim.emplace(*x.object());
  std::atomic<bool> began{false}, had_turn{false};
  std::thread other([&] {
    began = true;
    WriteClaim own(*x.object());
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

TEST(WriteClaim, WhoClaimsAgainComesAfterThoseThatWait) {
  bool left = false;
  for (int i = 0; i < 20 && !left; ++i) left = leaves_turn();
  EXPECT_TRUE(left);
}

TEST(WriteClaim, FollowsATensorToItsNewBase) {
  FrontEndScope scope;
  Tensor base = zero(), view = base.detach(), value = zero();
  std::optional<WriteClaim> claim;
  claim.emplace(*base.object());
  std::atomic<bool> began{false}, claimed{false}, over{false};
  std::thread other([&] {
    FrontEndScope scope;
    began = true;
    WriteClaim own(*view.object());
    claimed = true;
    WithoutFrontEndLock unlocked;
    while (!over) std::this_thread::yield();
  });
  {
    WithoutFrontEndLock unlocked;
    while (!began) std::this_thread::yield();
  }  // the lock comes back when the other thread waits
  rebase(*view.object(), value.state());
  claim.reset();
  WithoutFrontEndLock unlocked;
  while (!claimed) std::this_thread::yield();
  EXPECT_FALSE(WriteClaim(*base.object()).waited());
  over = true;
  other.join();
}

}  // namespace
}  // namespace mycel
