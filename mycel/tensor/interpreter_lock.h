// The lock that a front end holds while it calls Mycel (Python's), given up for work that takes
// long.
#pragma once

namespace mycel {

struct InterpreterLock {
  void* (*release)() = nullptr;      // null where the calling thread does not hold the lock
  void (*acquire)(void*) = nullptr;  // with what release gave
  void (*check_interrupt)() = nullptr;
};
// Once, before any work.
void set_interpreter_lock(InterpreterLock lock);

// Raises the front end's exception where the user asked to stop (Ctrl-C): called now and then by
// work that takes long while it holds the lock, where it may end without a trace.
void check_interrupt();

// Gives the lock up for a scope, in which nothing that the front end can change may be read.
class ReleaseInterpreterLock {
 public:
  ReleaseInterpreterLock();
  ~ReleaseInterpreterLock();
  ReleaseInterpreterLock(const ReleaseInterpreterLock&) = delete;

 private:
  void* held_ = nullptr;
};

}  // namespace mycel
