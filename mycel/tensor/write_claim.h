// Who may write or read a tensor now: a call that gives up the front end's lock while it works on
// arrays in place claims what it writes.
#pragma once

#include <atomic>
#include <span>
#include <thread>

#include "mycel/tensor/object.h"

namespace mycel {

// While it exists, no other thread claims one of the objects, writes one, or reads elements of one:
// no update is lost, no array is freed that a kernel works on, and nobody sees a buffer that is
// half overwritten. A thread may claim again what it has claimed. Claims are made while the thread
// holds the front end's lock, in the order in which they were asked for.
class WriteClaim {
 public:
  using Objects = std::span<const void* const>;  // which outlive the claim
  using TensorObjects = std::span<const TensorObject* const>;

  // Waits, without the front end's lock, until no other thread's claim has one of the objects or of
  // those that are `read`. It claims all at once, so that nothing waits with a claim in hand.
  explicit WriteClaim(Objects objects, Objects read = {});
  // Likewise for the roots of tensors, as they are when the claim is there.
  explicit WriteClaim(const TensorObject& object, TensorObjects read = {});
  ~WriteClaim();
  WriteClaim(const WriteClaim&) = delete;
  // Other threads ran meanwhile then: what was known of a tensor before may hold no more.
  bool waited() const { return waited_; }

 private:
  friend struct WriteClaims;
  const void* one_ = nullptr;
  Objects objects_;
  std::thread::id thread_ = std::this_thread::get_id();
  bool waited_ = false;
};

extern std::atomic<size_t> num_write_claims;  // of the process: without one, nothing is to wait for

// Waits likewise, and claims nothing. False: no wait was needed. A thread that has a claim does not
// wait: it did so for all that it reads when it claimed, and two could wait for each other.
bool wait_until_unclaimed(WriteClaim::Objects objects);
// Likewise for the roots of tensors, before they are read, or written by what needs no claim.
void wait_until_free(WriteClaim::TensorObjects tensors);
inline void wait_until_free(const TensorObject& object) {
  const TensorObject* one = &object;
  if (num_write_claims != 0) wait_until_free({&one, 1});
}

}  // namespace mycel
