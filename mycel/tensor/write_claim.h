// Who may write a tensor now: a call that gives up the front end's lock while it works on arrays in
// place claims what it will write.
#pragma once

#include <thread>
#include <vector>

namespace mycel {

// While it exists, no other thread claims one of the objects, or writes one by Tensor::assign: no
// update is lost, and no array is freed that a kernel works on. A thread may claim again what it
// has claimed.
class WriteClaim {
 public:
  using Objects = std::vector<const void*>;

  // Waits, without the front end's lock, until no other thread's claim has one of the objects.
  explicit WriteClaim(Objects objects);
  ~WriteClaim();
  WriteClaim(const WriteClaim&) = delete;

 private:
  friend struct WriteClaims;
  Objects objects_;
  std::thread::id thread_ = std::this_thread::get_id();
};

// Waits likewise, and claims nothing.
void wait_until_unclaimed(const void* object);

}  // namespace mycel
