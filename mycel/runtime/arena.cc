#include "mycel/runtime/arena.h"

#include <algorithm>
#include <map>
#include <memory>

namespace mycel::runtime {
namespace {

constexpr size_t kMostKept = 4;

}  // namespace

ArenaLease::~ArenaLease() {
  if (pool_) pool_->give_back(std::move(buffer_));
}

ArenaLease ArenaPool::lease(int64_t bytes) {
  if (bytes == 0) return {};
  std::lock_guard lock(mutex_);
  auto best = free_.end();
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    bool fits = static_cast<int64_t>((*it)->bytes()) >= bytes;
    if (fits && (best == free_.end() || (*it)->bytes() < (*best)->bytes())) best = it;
  }
  BufferPtr buffer;
  if (best != free_.end()) {
    buffer = std::move(*best);
    free_.erase(best);
  } else {
    // Frees the largest buffer, which is too small, to make room for the new one.
    auto largest = std::max_element(
        free_.begin(), free_.end(),
        [](const BufferPtr& a, const BufferPtr& b) { return a->bytes() < b->bytes(); });
    if (largest != free_.end()) free_.erase(largest);
    buffer = Buffer::make(allocator_, static_cast<size_t>(bytes));
  }
  return {this, std::move(buffer)};
}

void ArenaPool::give_back(BufferPtr buffer) {
  std::lock_guard lock(mutex_);
  if (free_.size() < kMostKept) free_.push_back(std::move(buffer));
}

void ArenaPool::clear() {
  std::lock_guard lock(mutex_);
  free_.clear();
}

ArenaPool& ArenaPool::of(Allocator& allocator) {
  static std::mutex mutex;
  static std::map<Allocator*, std::unique_ptr<ArenaPool>> pools;
  std::lock_guard lock(mutex);
  std::unique_ptr<ArenaPool>& pool = pools[&allocator];
  if (!pool) pool = std::make_unique<ArenaPool>(allocator);
  return *pool;
}

}  // namespace mycel::runtime
