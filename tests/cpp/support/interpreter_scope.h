// A front end's lock, as Python's is: threads of a test hold it but for the time in which they
// wait.
#pragma once

#include <mutex>

#include "mycel/tensor/interpreter_lock.h"

namespace mycel {

// The calling thread holds the lock while this exists.
class InterpreterScope {
 public:
  InterpreterScope() { acquire(nullptr); }
  ~InterpreterScope() { release(); }
  InterpreterScope(const InterpreterScope&) = delete;

 private:
  static void* release() {
    if (!held_) return nullptr;
    held_ = false;
    mutex_.unlock();
    return &mutex_;
  }
  static void acquire(void*) {
    mutex_.lock();
    held_ = true;
  }

  static inline std::mutex mutex_;
  static inline thread_local bool held_ = false;
  static inline const bool installed_ = [] {
    set_interpreter_lock({release, acquire, nullptr});
    return true;
  }();
};

}  // namespace mycel
