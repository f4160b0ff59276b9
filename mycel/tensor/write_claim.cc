#include "mycel/tensor/write_claim.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>

#include "mycel/base/fork_safe_mutex.h"
#include "mycel/tensor/front_end_lock.h"

namespace mycel {

// All claims of the process.
struct WriteClaims {
  ForkSafeMutex mutex;
  std::unique_ptr<std::condition_variable_any> released =
      std::make_unique<std::condition_variable_any>();
  std::vector<const WriteClaim*> all;
  std::atomic<size_t> count{0};  // of `all`: nobody locks where there is none

  // Never destroyed: threads may run at the process's end.
  static WriteClaims& of_process() {
    static auto* instance = new WriteClaims;
    [[maybe_unused]] static const int handler =
        pthread_atfork(nullptr, nullptr, [] { of_process().forget(); });
    return *instance;
  }

  bool free(const WriteClaim::Objects& objects) const {
    return std::none_of(all.begin(), all.end(), [&](const WriteClaim* claim) {
      return claim->thread_ != std::this_thread::get_id() &&
             std::find_first_of(claim->objects_.begin(), claim->objects_.end(), objects.begin(),
                                objects.end()) != claim->objects_.end();
    });
  }

  bool try_add(const WriteClaim& claim) {
    if (!free(claim.objects_)) return false;
    all.push_back(&claim);
    count = all.size();
    return true;
  }

  void remove(const WriteClaim& claim) {
    std::erase(all, &claim);
    count = all.size();
  }

  // In a forked process: the threads that had claims, or waited for one, are not there.
  void forget() {
    [[maybe_unused]] auto* left = released.release();  // its own mutex may be held for ever
    released = std::make_unique<std::condition_variable_any>();
    std::erase_if(
        all, [](const WriteClaim* claim) { return claim->thread_ != std::this_thread::get_id(); });
    count = all.size();
  }

  // Tries, and tries again whenever a claim ends.
  template <class Try>
  void wait(const Try& attempt) {
    {
      std::lock_guard hold(mutex);
      if (attempt()) return;
    }
    WithoutFrontEndLock unlocked;  // whoever has the claim may wait for that
    std::unique_lock hold(mutex);
    released->wait(hold, attempt);
  }
};

WriteClaim::WriteClaim(Objects objects) : objects_(std::move(objects)) {
  WriteClaims& claims = WriteClaims::of_process();
  claims.wait([&] { return claims.try_add(*this); });
}

WriteClaim::~WriteClaim() {
  WriteClaims& claims = WriteClaims::of_process();
  {
    std::lock_guard hold(claims.mutex);
    claims.remove(*this);
  }
  claims.released->notify_all();
}

void wait_until_unclaimed(const void* object) {
  WriteClaims& claims = WriteClaims::of_process();
  if (claims.count == 0) return;
  WriteClaim::Objects objects{object};
  claims.wait([&] { return claims.free(objects); });
}

}  // namespace mycel
