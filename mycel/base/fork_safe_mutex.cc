#include "mycel/base/fork_safe_mutex.h"

#include <pthread.h>

#include <vector>

namespace mycel {
namespace {

struct Known {
  std::mutex mutex;
  std::vector<ForkSafeMutex*> all;
};

// Never destroyed: the process may fork during exit.
Known& known() {
  static auto* instance = new Known;
  return *instance;
}

void lock_all() {
  known().mutex.lock();
  for (ForkSafeMutex* each : known().all) each->lock();
}

void unlock_all() {
  for (ForkSafeMutex* each : known().all) each->unlock();
  known().mutex.unlock();
}

}  // namespace

ForkSafeMutex::ForkSafeMutex() {
  [[maybe_unused]] static const int handlers = pthread_atfork(lock_all, unlock_all, unlock_all);
  std::lock_guard lock(known().mutex);
  known().all.push_back(this);
}

}  // namespace mycel
