// The front end's lock (Python's GIL), which long work releases.
#pragma once

namespace mycel {

struct InterpreterLock {
  void* (*release)() = nullptr;      // returns null if this thread does not hold the lock
  void (*acquire)(void*) = nullptr;  // takes the result of release
  void (*check_interrupt)() = nullptr;
};
// Call it once, before any work.
void set_interpreter_lock(InterpreterLock lock);

// Raises the front end's exception if the user asked to stop (Ctrl-C). Long work that holds the
// lock calls it now and then, at points where it can stop without side effects.
void check_interrupt();

// Releases the lock for a scope. Code in the scope must not read anything that the front end can
// change.
class ReleaseInterpreterLock {
 public:
  ReleaseInterpreterLock();
  ~ReleaseInterpreterLock();
  ReleaseInterpreterLock(const ReleaseInterpreterLock&) = delete;

 private:
  void* held_ = nullptr;
};

}  // namespace mycel
