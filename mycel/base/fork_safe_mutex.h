// A mutex that a forked child always finds unlocked: only the forking thread survives in the child,
// which would wait for ever for a lock held by another thread.
#pragma once

#include <mutex>

namespace mycel {

// Must live as long as the process. A thread may hold only one at a time.
class ForkSafeMutex {
 public:
  ForkSafeMutex();
  ForkSafeMutex(const ForkSafeMutex&) = delete;
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

}  // namespace mycel
