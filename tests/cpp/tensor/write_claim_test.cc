#include "mycel/tensor/write_claim.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace mycel {
namespace {

TEST(WriteClaim, ThreadsThatShareAnObjectTakeTurns) {
  int shared = 0, a = 0, b = 0;
  auto add = [&](const void* own) {
    for (int i = 0; i < 2000; ++i) {
      WriteClaim claim({own, &shared});
      ++shared;
    }
  };
  std::thread other(add, &a);
  add(&b);
  other.join();
  EXPECT_EQ(shared, 4000);
}

TEST(WriteClaim, AThreadMayClaimAndWriteAgainWhatItHasClaimed) {
  int object = 0;
  WriteClaim outer({&object});
  WriteClaim inner({&object});
  wait_until_unclaimed(&object);
}

TEST(WriteClaim, OtherObjectsDoNotWait) {
  int claimed = 0, other = 0;
  WriteClaim claim({&claimed});
  std::thread([&] {
    WriteClaim second({&other});
    wait_until_unclaimed(&other);
  }).join();
}

TEST(WriteClaim, AWriterWaitsForItsEnd) {
  int object = 0;
  std::atomic<bool> ended{false}, seen{false};
  std::optional<WriteClaim> claim;
  claim.emplace(WriteClaim::Objects{&object});
  std::thread writer([&] {
    wait_until_unclaimed(&object);
    seen = ended.load();
  });
  ended = true;
  claim.reset();
  writer.join();
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace mycel
