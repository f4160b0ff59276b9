// Who may write or read a tensor now: a call that gives up the interpreter's lock while it works on
// arrays in place claims what it writes.
#pragma once

#include <atomic>
#include <span>
#include <thread>

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// While it exists, no other thread claims one of the objects, writes one, or reads elements of one:
// no update is lost, no array is freed that a kernel works on, and nobody sees a buffer that is
// half overwritten. A thread may claim again what it has claimed. Claims are made while the thread
// holds the interpreter's lock, in the order in which they were asked for.
class TensorWriteLock {
 public:
  using Objects = std::span<const void* const>;  // which outlive the claim
  using TensorImpls = std::span<const TensorImpl* const>;

  // Waits, without the interpreter's lock, until no other thread's claim has one of the objects or
  // of those that are `read`. It claims all at once, so that nothing waits with a claim in hand.
  explicit TensorWriteLock(Objects objects, Objects read = {});
  // Likewise for the roots of tensors, as they are when the claim is there.
  explicit TensorWriteLock(const TensorImpl& object, TensorImpls read = {});
  ~TensorWriteLock();
  TensorWriteLock(const TensorWriteLock&) = delete;
  // Other threads ran meanwhile then: what was known of a tensor before may hold no more.
  bool waited() const { return waited_; }

 private:
  friend struct TensorWriteLocks;
  const void* one_ = nullptr;
  Objects objects_;
  std::thread::id thread_ = std::this_thread::get_id();
  bool waited_ = false;
};

extern std::atomic<size_t> num_write_locks;  // of the process: without one, nothing is to wait for

// Waits likewise, and claims nothing. False: no wait was needed. A thread that has a claim does not
// wait: it did so for all that it reads when it claimed, and two could wait for each other.
bool wait_until_unlocked(TensorWriteLock::Objects objects);
// Likewise for the roots of tensors, before they are read, or written by what needs no claim.
void wait_until_free(TensorWriteLock::TensorImpls tensors);
inline void wait_until_free(const TensorImpl& object) {
  const TensorImpl* one = &object;
  if (num_write_locks != 0) wait_until_free({&one, 1});
}

}  // namespace mycel
