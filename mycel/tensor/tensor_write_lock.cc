#include "mycel/tensor/tensor_write_lock.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <memory>

#include "mycel/base/fork_safe_mutex.h"
#include "mycel/base/index_table.h"
#include "mycel/base/inline_vector.h"
#include "mycel/tensor/interpreter_lock.h"

namespace mycel {

constinit std::atomic<size_t> num_write_locks{0};

namespace {

constinit thread_local size_t num_claims_here = 0;

using Objects = TensorWriteLock::Objects;

bool meet(Objects a, Objects b) {
  if (a.empty() || b.empty()) return false;
  IndexTable<const void*> table(a.size());
  for (const void* object : a) table.add(object);
  return std::any_of(b.begin(), b.end(), [&](const void* object) {
    return table.find(object) != IndexTable<const void*>::kNone;
  });
}

// The objects that a waiting thread wants to lock, and those that it reads.
struct Request {
  Objects claimed, read;
  std::thread::id thread = std::this_thread::get_id();

  // Whether the two requests exclude each other.
  bool meets(const Request& other) const {
    return meet(claimed, other.claimed) || meet(claimed, other.read) || meet(read, other.claimed);
  }
};

using Roots = InlineVector<const void*, 8>;
Roots roots_of(TensorWriteLock::TensorImpls tensors) {
  Roots roots;
  for (const TensorImpl* tensor : tensors) roots.push_back(&root_of(*tensor));
  return roots;
}

Objects all_of(const Roots& roots) { return {roots.data(), roots.size()}; }

// A thread that holds a lock does not wait for what it reads.
bool may_wait() { return num_write_locks != 0 && num_claims_here == 0; }

}  // namespace

// All write locks of the process, and the requests that wait for one.
struct TensorWriteLocks {
  ForkSafeMutex mutex;
  std::unique_ptr<std::condition_variable_any> released =
      std::make_unique<std::condition_variable_any>();
  std::vector<const TensorWriteLock*> all;
  std::vector<const Request*> waiting;  // in order of arrival

  // Never destroyed: threads may run during process exit.
  static TensorWriteLocks& of_process() {
    static auto* instance = new TensorWriteLocks;
    [[maybe_unused]] static const int handler =
        pthread_atfork(nullptr, nullptr, [] { of_process().forget(); });
    return *instance;
  }

  // A request for a lock comes after earlier requests that it excludes, so that a thread that locks
  // in a loop leaves others their turn.
  bool is_ready(const Request& request) const {
    bool has_claim = std::any_of(all.begin(), all.end(), [&](const TensorWriteLock* claim) {
      return claim->thread_ == request.thread;
    });
    bool free = std::none_of(all.begin(), all.end(), [&](const TensorWriteLock* claim) {
      return claim->thread_ != request.thread &&
             (meet(claim->objects_, request.claimed) || meet(claim->objects_, request.read));
    });
    if (!free || has_claim || request.claimed.empty()) return free;
    for (const Request* other : waiting) {
      if (other == &request) break;
      if (other->meets(request)) return false;
    }
    return true;
  }

  void add(const TensorWriteLock& claim) {
    all.push_back(&claim);
    num_write_locks = all.size();
    ++num_claims_here;
  }

  void remove(const TensorWriteLock& claim) {
    {
      std::lock_guard hold(mutex);
      std::erase(all, &claim);
      num_write_locks = all.size();
      --num_claims_here;
    }
    released->notify_all();
  }

  // Called in a forked process: the threads that held locks, or waited for one, are gone.
  void forget() {
    [[maybe_unused]] auto* left = released.release();  // its own mutex may be locked forever
    released = std::make_unique<std::condition_variable_any>();
    auto is_gone = [](std::thread::id thread) { return thread != std::this_thread::get_id(); };
    std::erase_if(all, [&](const TensorWriteLock* claim) { return is_gone(claim->thread_); });
    std::erase_if(waiting, [&](const Request* request) { return is_gone(request->thread); });
    num_write_locks = all.size();
  }

  // Waits until the request is ready while this thread holds the interpreter lock. Then adds the
  // lock, if any. Returns whether it had to wait.
  bool wait(const Request& request, const TensorWriteLock* claim) {
    {
      std::lock_guard hold(mutex);
      if (is_ready(request)) {
        if (claim) add(*claim);
        return false;
      }
      waiting.push_back(&request);
    }
    while (!try_end_wait(request, claim)) {
      ReleaseInterpreterLock unlocked;  // the lock's holder may wait for it
      std::unique_lock hold(mutex);
      released->wait(hold, [&] { return is_ready(request); });
    }
    released->notify_all();  // requests that wait behind this one
    return true;
  }

  bool try_end_wait(const Request& request, const TensorWriteLock* claim) {
    std::lock_guard hold(mutex);
    if (!is_ready(request)) return false;
    std::erase(waiting, &request);
    if (claim) add(*claim);
    return true;
  }
};

TensorWriteLock::TensorWriteLock(Objects objects, Objects read) : objects_(objects) {
  waited_ = TensorWriteLocks::of_process().wait({objects_, read}, this);
}

TensorWriteLock::TensorWriteLock(const TensorImpl& object, TensorImpls read) : objects_(&one_, 1) {
  TensorWriteLocks& claims = TensorWriteLocks::of_process();
  while (true) {
    one_ = &root_of(object);
    Roots roots = roots_of(read);
    if (!claims.wait({objects_, all_of(roots)}, this)) return;
    waited_ = true;
    if (one_ == &root_of(object) && roots == roots_of(read)) return;
    claims.remove(*this);
  }
}

TensorWriteLock::~TensorWriteLock() { TensorWriteLocks::of_process().remove(*this); }

bool wait_until_unlocked(TensorWriteLock::Objects objects) {
  if (!may_wait()) return false;
  return TensorWriteLocks::of_process().wait({{}, objects}, nullptr);
}

void wait_until_free(TensorWriteLock::TensorImpls tensors) {
  if (!may_wait()) return;
  Roots roots = roots_of(tensors);
  while (wait_until_unlocked(all_of(roots))) {
    Roots now = roots_of(tensors);
    if (roots == now) return;
    roots = std::move(now);
  }
}

}  // namespace mycel
