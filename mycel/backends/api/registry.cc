// The registry of the process's backends, by device. startup/register_all.cc registers the built-in
// ones.
#include <mutex>
#include <vector>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {
namespace {

struct Backends {
  std::mutex mutex;
  std::vector<std::unique_ptr<Backend>> list;

  Backend* find(Device device) {
    for (const auto& backend : list) {
      if (backend->device() == device) return backend.get();
    }
    return nullptr;
  }
};

// Never destroyed: static arrays may return memory to an allocator during static destruction.
Backends& backends() {
  static Backends* backends = new Backends;
  return *backends;
}

}  // namespace

void register_backend(std::unique_ptr<Backend> backend) {
  Backends& all = backends();
  std::lock_guard lock(all.mutex);
  if (all.find(backend->device())) {
    fail_internal("a second backend for {}", to_string(backend->device()));
  }
  all.list.push_back(std::move(backend));
}

Backend& backend_of(Device device) {
  Backends& all = backends();
  std::lock_guard lock(all.mutex);
  if (Backend* found = all.find(device)) return *found;
  std::string known;
  for (const auto& backend : all.list) known += " " + to_string(backend->device());
  fail(Code::kValue, "expects a device that has a backend (here:{}), got {}",
       known.empty() ? " none" : known, to_string(device));
}

}  // namespace mycel::backends
