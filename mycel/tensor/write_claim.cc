#include "mycel/tensor/write_claim.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <memory>

#include "mycel/base/fork_safe_mutex.h"
#include "mycel/tensor/front_end_lock.h"

namespace mycel {

constinit std::atomic<size_t> num_write_claims{0};

// All claims of the process.
struct WriteClaims {
  ForkSafeMutex mutex;
  std::unique_ptr<std::condition_variable_any> released =
      std::make_unique<std::condition_variable_any>();
  std::vector<const WriteClaim*> all;

  // Never destroyed: threads may run at the process's end.
  static WriteClaims& of_process() {
    static auto* instance = new WriteClaims;
    [[maybe_unused]] static const int handler =
        pthread_atfork(nullptr, nullptr, [] { of_process().forget(); });
    return *instance;
  }

  bool free(WriteClaim::Objects objects) const {
    return std::none_of(all.begin(), all.end(), [&](const WriteClaim* claim) {
      return claim->thread_ != std::this_thread::get_id() &&
             std::find_first_of(claim->objects_.begin(), claim->objects_.end(), objects.begin(),
                                objects.end()) != claim->objects_.end();
    });
  }

  void add(const WriteClaim& claim) {
    all.push_back(&claim);
    num_write_claims = all.size();
  }

  void remove(const WriteClaim& claim) {
    std::erase(all, &claim);
    num_write_claims = all.size();
  }

  // In a forked process: the threads that had claims, or waited for one, are not there.
  void forget() {
    [[maybe_unused]] auto* left = released.release();  // its own mutex may be held for ever
    released = std::make_unique<std::condition_variable_any>();
    std::erase_if(
        all, [](const WriteClaim* claim) { return claim->thread_ != std::this_thread::get_id(); });
    num_write_claims = all.size();
  }

  // Until both are free while this thread holds the front end's lock. Then adds the claim, if any.
  void wait(WriteClaim::Objects objects, WriteClaim::Objects read, const WriteClaim* claim) {
    auto ready = [&] { return free(objects) && free(read); };
    while (true) {
      {
        std::lock_guard hold(mutex);
        if (ready()) {
          if (claim) add(*claim);
          return;
        }
      }
      WithoutFrontEndLock unlocked;  // whoever has the claim may wait for that
      std::unique_lock hold(mutex);
      released->wait(hold, ready);
    }
  }
};

WriteClaim::WriteClaim(Objects objects, Objects read) : objects_(objects) {
  WriteClaims::of_process().wait(objects_, read, this);
}

WriteClaim::WriteClaim(const void* object, Objects read) : one_(object), objects_(&one_, 1) {
  WriteClaims::of_process().wait(objects_, read, this);
}

WriteClaim::~WriteClaim() {
  WriteClaims& claims = WriteClaims::of_process();
  {
    std::lock_guard hold(claims.mutex);
    claims.remove(*this);
  }
  claims.released->notify_all();
}

void wait_until_unclaimed(WriteClaim::Objects objects) {
  if (num_write_claims != 0) WriteClaims::of_process().wait(objects, {}, nullptr);
}

}  // namespace mycel
