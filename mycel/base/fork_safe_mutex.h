// A mutex that no thread holds while the process forks, so that the child finds it free: of a
// forked process only the thread that forked goes on, and it would wait for ever.
#pragma once

#include <mutex>

namespace mycel {

// For objects that live as long as the process. A thread holds one of them at a time.
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
