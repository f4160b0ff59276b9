#include "mycel/tensor/write_claim.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace mycel {
namespace {

TEST(WriteClaim, ThreadsThatShareAnObjectTakeTurns) {
  int shared = 0, a = 0, b = 0;
  std::atomic<int> started{0}, inside{0}, met{0};
  auto claim_often = [&](const void* own) {
    ++started;
    while (started < 2) std::this_thread::yield();
    for (int i = 0; i < 200; ++i) {
      const void* both[] = {own, &shared};
      WriteClaim claim{WriteClaim::Objects(both)};
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

TEST(WriteClaim, AThreadMayClaimAndWriteAgainWhatItHasClaimed) {
  int object = 0;
  WriteClaim outer(&object);
  WriteClaim inner(&object);
  wait_until_unclaimed(&object);
}

TEST(WriteClaim, OtherObjectsDoNotWait) {
  int claimed = 0, other = 0;
  WriteClaim claim(&claimed);
  std::thread([&] {
    WriteClaim second(&other);
    wait_until_unclaimed(&other);
  }).join();
}

TEST(WriteClaim, AWriterWaitsForItsEnd) {
  int object = 0;
  std::atomic<bool> began{false}, ended{false}, seen{false};
  std::optional<WriteClaim> claim;
  claim.emplace(&object);
  std::thread writer([&] {
    began = true;
    wait_until_unclaimed(&object);
    seen = ended.load();
  });
  while (!began) std::this_thread::yield();
  std::this_thread::sleep_for(
      std::chrono::milliseconds(20));  // a writer that does not wait is done
  ended = true;
  claim.reset();
  writer.join();
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace mycel
