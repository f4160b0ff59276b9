#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "mycel/base/error.h"
#include "mycel/core/buffer.h"

namespace mycel {
namespace {

TEST(CpuAllocator, EverySizeIsAlignedAndWritable) {
  for (size_t bytes : {0, 1, 64, 65, 512, 513, 1024, 1025, 4096, 4097, 100000, 5000000}) {
    void* data = cpu_allocator().allocate(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u) << bytes;
    std::memset(data, 1, bytes);
    cpu_allocator().deallocate(data, bytes);
  }
}

TEST(CpuAllocator, BlocksDoNotOverlap) {
  std::vector<std::pair<uint8_t*, size_t>> blocks;
  for (size_t i = 0; i < 3000; ++i) {
    size_t bytes = i * 7 % 5000;
    blocks.emplace_back(static_cast<uint8_t*>(cpu_allocator().allocate(bytes)), bytes);
    std::memset(blocks.back().first, static_cast<int>(i % 251), bytes);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t k = 0; k < blocks[i].second; ++k) ASSERT_EQ(blocks[i].first[k], i % 251);
    cpu_allocator().deallocate(blocks[i].first, blocks[i].second);
  }
}

TEST(CpuAllocator, CountsLiveAndPeakBytes) {
  AllocatorStats before = allocator_stats();
  reset_allocator_peak();
  void* a = cpu_allocator().allocate(100);
  void* b = cpu_allocator().allocate(1 << 20);
  EXPECT_EQ(allocator_stats().live, before.live + 100 + (1 << 20));
  cpu_allocator().deallocate(b, 1 << 20);
  cpu_allocator().deallocate(a, 100);
  EXPECT_EQ(allocator_stats().live, before.live);
  EXPECT_EQ(allocator_stats().peak, before.live + 100 + (1 << 20));
}

TEST(CpuAllocator, LargeBlocksAreReusedUntilReleased) {
  release_allocator_cache();
  for (size_t bytes : {1000000, 5000000}) {
    void* a = cpu_allocator().allocate(bytes);
    cpu_allocator().deallocate(a, bytes);
    EXPECT_GE(allocator_stats().cached, bytes);
    EXPECT_EQ(cpu_allocator().allocate(bytes + 1), a);
    cpu_allocator().deallocate(a, bytes + 1);
    release_allocator_cache();
    EXPECT_EQ(allocator_stats().cached, 0u);
  }
}

TEST(CpuAllocator, CountsWhatIsResidentBesideReleasedMemory) {
  constexpr size_t kMiB = size_t{1} << 20;
  void* a = cpu_allocator().allocate(64 * kMiB);
  cpu_allocator().deallocate(a, 64 * kMiB);
  release_allocator_cache();
  void* b = cpu_allocator().allocate(8 * kMiB);
  cpu_allocator().deallocate(b, 8 * kMiB);
  EXPECT_EQ(allocator_stats().cached, 8 * kMiB);
}

TEST(CpuAllocator, FreedNeighboursServeLargerRequests) {
  release_allocator_cache();
  constexpr size_t kMiB = size_t{1} << 20;
  Allocator& allocator = cpu_allocator();
  std::vector<void*> parts;
  for (int i = 0; i < 3; ++i) parts.push_back(allocator.allocate(8 * kMiB + 1));
  for (int i : {0, 2, 1}) allocator.deallocate(parts[static_cast<size_t>(i)], 8 * kMiB + 1);
  size_t cached = allocator_stats().cached;
  void* whole = allocator.allocate(24 * kMiB);
  EXPECT_EQ(whole, parts[0]);
  EXPECT_EQ(allocator_stats().cached, cached - 24 * kMiB);
  void* rest = allocator.allocate(2 * kMiB);  // not a byte of the first block
  std::memset(rest, 2, 2 * kMiB);
  std::memset(whole, 1, 24 * kMiB);
  EXPECT_EQ(static_cast<char*>(rest)[2 * kMiB - 1], 2);
  allocator.deallocate(whole, 24 * kMiB);
  allocator.deallocate(rest, 2 * kMiB);
}

TEST(CpuAllocator, LargeBlocksDoNotOverlap) {
  constexpr size_t kMiB = size_t{1} << 20;
  Allocator& allocator = cpu_allocator();
  std::vector<std::pair<char*, size_t>> blocks;
  uint32_t random = 1;
  auto check = [](const std::pair<char*, size_t>& block) {
    char mark = static_cast<char>(block.second % 4096 % 251);
    for (size_t k = 0; k < block.second; k += 4096) ASSERT_EQ(block.first[k], mark);
    ASSERT_EQ(block.first[block.second - 1], mark);
  };
  for (int i = 0; i < 400; ++i) {
    random = random * 1664525 + 1013904223;
    if (blocks.size() > 12 || (random >> 28) < 6) {
      if (blocks.empty()) continue;
      std::swap(blocks[(random >> 16) % blocks.size()], blocks.back());
      check(blocks.back());
      allocator.deallocate(blocks.back().first, blocks.back().second);
      blocks.pop_back();
    } else {
      size_t bytes = (1 + (random >> 20) % 16) * kMiB + random % 4096;
      blocks.emplace_back(static_cast<char*>(allocator.allocate(bytes)), bytes);
      std::memset(blocks.back().first, static_cast<int>(bytes % 4096 % 251), bytes);
    }
  }
  for (const auto& block : blocks) {
    check(block);
    allocator.deallocate(block.first, block.second);
  }
}

TEST(CpuAllocator, BlocksMoveBetweenThreads) {
  std::vector<void*> blocks;
  std::thread([&] {
    for (int i = 0; i < 20000; ++i) blocks.push_back(cpu_allocator().allocate(128));
  }).join();
  for (void* block : blocks) cpu_allocator().deallocate(block, 128);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 20000; ++i) {
        auto* word = static_cast<int*>(cpu_allocator().allocate(128));
        *word = t;
        EXPECT_EQ(*word, t);
        cpu_allocator().deallocate(word, 128);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(CpuAllocator, AbsurdSizesRaise) {
  EXPECT_THROW(cpu_allocator().allocate(SIZE_MAX), Error);
  EXPECT_THROW(cpu_allocator().allocate(size_t{1} << 55), Error);
}

TEST(Buffer, DisposesOfForeignMemoryOnce) {
  int disposed = 0;
  char memory[8];
  {
    std::vector<BufferPtr> two(2, Buffer::wrap(memory, 8, {}, [&] { ++disposed; }, true));
    two.pop_back();
    EXPECT_TRUE(two[0]->read_only());
    EXPECT_EQ(disposed, 0);
  }
  EXPECT_EQ(disposed, 1);
}

// A lock that a thread held when the process forked would stay locked in the child.
TEST(CpuAllocator, AForkedChildAllocatesWhateverOtherThreadsDid) {
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) Buffer::make(cpu_allocator(), size_t{1} << 16);
  });
  for (int i = 0; i < 200; ++i) {
    pid_t child = fork();
    if (child == 0) {
      alarm(20);  // kills it if it hangs
      Buffer::make(cpu_allocator(), size_t{1} << 16);
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  busy.join();
}

}  // namespace
}  // namespace mycel
