#include "mycel/core/small_blocks.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "mycel/base/error.h"
#include "mycel/base/fork_safe_mutex.h"

#if defined(__SANITIZE_ADDRESS__)
#define MYCEL_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MYCEL_ADDRESS_SANITIZER 1
#endif
#endif

namespace mycel {
namespace {

void* system_block(size_t bytes) {
  void* block = std::aligned_alloc(64, bytes);
  if (!block) fail(Code::kRuntime, "out of memory: {} bytes", bytes);
  return block;
}

}  // namespace

#ifdef MYCEL_ADDRESS_SANITIZER

// AddressSanitizer detects uses of a freed block only if the block is really freed.
void* allocate_small(size_t bytes) { return system_block((bytes + 64) & ~size_t{63}); }
void free_small(void* block, size_t) { std::free(block); }

#else

namespace {

// Multiples of 64 up to 512, then 1, 2 and 4 KiB.
constexpr int kClasses = 11;
constexpr size_t kSlabBytes = 1 << 16;

int size_class(size_t bytes) {
  if (bytes <= 512) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / 64);
  return std::bit_width(bytes - 1) - 2;  // 513..1024 -> 8
}
constexpr size_t class_bytes(int c) { return c < 8 ? 64 * (c + 1) : size_t{1024} << (c - 8); }
// The number of blocks that a thread takes from the shared lists at once.
constexpr int batch(int c) {
  int blocks = static_cast<int>((kSlabBytes / 4) / class_bytes(c));
  return blocks > 64 ? 64 : blocks;
}

// A thread with more free blocks than this moves half of them to the shared lists. A table, because
// a division would cost more than the rest of freeing a block.
constexpr auto kLimits = [] {
  std::array<int, kClasses> limits{};
  for (int c = 0; c < kClasses; ++c) limits[c] = static_cast<int>(2 * kSlabBytes / class_bytes(c));
  return limits;
}();

struct Block {
  Block* next;
};

struct FreeList {
  Block* head;
  int count;

  void push(void* block) {
    head = new (block) Block{head};
    ++count;
  }
  void* pop() {
    Block* block = head;
    head = block->next;
    --count;
    return block;
  }
};

// Free blocks shared by all threads. Never destroyed: blocks are freed after static destructors.
struct Shared {
  ForkSafeMutex mutex;
  FreeList lists[kClasses] = {};
};
Shared& shared() {
  static Shared* instance = new Shared;
  return *instance;
}

// Plain data, so that access needs no initialisation guard.
struct ThreadLists {
  FreeList lists[kClasses];
  bool watched;   // a ThreadEnd is set up
  bool finished;  // ThreadEnd has run: nothing may stay in the lists
};
constinit thread_local ThreadLists thread_lists = {};

void hand_over(FreeList& list, FreeList& to, int count) {
  while (count-- > 0) to.push(list.pop());
}

// Moves the thread's blocks to the shared lists when the thread exits.
struct ThreadEnd {
  ~ThreadEnd() {
    std::lock_guard lock(shared().mutex);
    for (int c = 0; c < kClasses; ++c) {
      FreeList& list = thread_lists.lists[c];
      hand_over(list, shared().lists[c], list.count);
    }
    thread_lists.finished = true;
  }
};

void watch_thread_end() {
  if (thread_lists.watched) return;
  thread_lists.watched = true;
  thread_local ThreadEnd end;
}

void refill(FreeList& list, int c) {
  watch_thread_end();
  {
    std::lock_guard lock(shared().mutex);
    FreeList& from = shared().lists[c];
    hand_over(from, list, from.count < batch(c) ? from.count : batch(c));
  }
  if (list.count > 0) return;
  size_t bytes = class_bytes(c);
  char* slab = static_cast<char*>(system_block(kSlabBytes));
  for (size_t at = kSlabBytes / bytes * bytes; at >= bytes; at -= bytes) {
    list.push(slab + at - bytes);
  }
}

[[gnu::noinline]] void trim(FreeList& list, int c) {
  watch_thread_end();
  std::lock_guard lock(shared().mutex);
  hand_over(list, shared().lists[c], thread_lists.finished ? list.count : list.count / 2);
}

}  // namespace

void* allocate_small(size_t bytes) {
  int c = size_class(bytes);
  FreeList& list = thread_lists.lists[c];
  if (!list.head) refill(list, c);
  return list.pop();
}

void free_small(void* block, size_t bytes) {
  int c = size_class(bytes);
  FreeList& list = thread_lists.lists[c];
  list.push(block);
  if (list.count > kLimits[c] || thread_lists.finished) trim(list, c);
}

#endif

}  // namespace mycel
