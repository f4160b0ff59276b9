// TensorWriteLock: keeps other threads off the tensors that a call writes in place.
//
// A call takes it if it releases the interpreter lock while it works on arrays in place.
#pragma once

#include <atomic>
#include <span>
#include <thread>

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// Locks objects for writing. While it exists, no other thread locks one of the objects, writes one,
// or reads elements of one: no update is lost, no array is freed under a kernel, and no
// half-overwritten buffer is read. A thread may lock again what it has locked. Locks are granted
// while the thread holds the interpreter lock. A lock request waits for every earlier request that
// still waits, for a lock or a read, and conflicts with it, unless its thread already holds a lock.
// A read (`wait_until_unlocked`) waits only for locks that are held.
class TensorWriteLock {
 public:
  using Objects = std::span<const void* const>;  // which outlive the lock
  using TensorImpls = std::span<const TensorImpl* const>;

  // Waits, with the interpreter lock released, until no other thread has locked one of the objects
  // or one of those that are `read`. Locks all objects at once, so that it does not wait holding
  // some of them.
  explicit TensorWriteLock(Objects objects, Objects read = {});
  // The same for the roots of tensors, as they are once the lock is held.
  explicit TensorWriteLock(const TensorImpl& object, TensorImpls read = {});
  ~TensorWriteLock();
  TensorWriteLock(const TensorWriteLock&) = delete;
  // Whether it had to wait. Other threads ran then: facts known about a tensor before may no longer
  // hold.
  bool waited() const { return waited_; }

 private:
  friend struct TensorWriteLocks;
  const void* one_ = nullptr;
  Objects objects_;
  std::thread::id thread_ = std::this_thread::get_id();
  bool waited_ = false;
};

extern std::atomic<size_t> num_write_locks;  // in the process; at 0 there is nothing to wait for

// Waits in the same way, without locking. Returns false if no wait was needed. A thread that holds
// a lock does not wait: it has waited for all that it reads, and two such threads could deadlock.
bool wait_until_unlocked(TensorWriteLock::Objects objects);
// The same for the roots of tensors, before they are read, or written by code that needs no lock.
void wait_until_free(TensorWriteLock::TensorImpls tensors);
inline void wait_until_free(const TensorImpl& object) {
  const TensorImpl* one = &object;
  if (num_write_locks != 0) wait_until_free({&one, 1});
}

}  // namespace mycel
