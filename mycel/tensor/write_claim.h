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
// holds the front end's lock.
class WriteClaim {
 public:
  using Objects = std::span<const void* const>;  // which outlive the claim

  // Waits, without the front end's lock, until no other thread's claim has one of the objects or of
  // those that are `read`. It claims all at once, so that nothing waits with a claim in hand.
  explicit WriteClaim(Objects objects, Objects read = {});
  explicit WriteClaim(const void* object, Objects read = {});
  ~WriteClaim();
  WriteClaim(const WriteClaim&) = delete;

 private:
  friend struct WriteClaims;
  const void* one_ = nullptr;
  Objects objects_;
  std::thread::id thread_ = std::this_thread::get_id();
};

extern std::atomic<size_t> num_write_claims;  // of the process: without one, nothing is to wait for

// Waits likewise, and claims nothing.
void wait_until_unclaimed(WriteClaim::Objects objects);
inline void wait_until_unclaimed(const void* object) {
  if (num_write_claims != 0) wait_until_unclaimed(WriteClaim::Objects(&object, 1));
}
// Before elements are read that no compiled call holds.
inline void wait_until_readable(const TensorObject& object) {
  if (num_write_claims != 0) wait_until_unclaimed(&root_of(object));
}

}  // namespace mycel
