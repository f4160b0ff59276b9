#include "mycel/jit/jit.h"

#include "mycel/startup/register_all.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/interpreter_lock.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel {
namespace {

// Locks a cache. Releases the interpreter lock while waiting: a call that holds the cache releases
// and reacquires that lock while it waits for other calls, so waiting with it would deadlock.
std::unique_lock<std::mutex> locked(std::mutex& mutex) {
  std::unique_lock lock(mutex, std::try_to_lock);
  if (!lock) {
    ReleaseInterpreterLock unlocked;
    lock.lock();
  }
  return lock;
}

}  // namespace

std::shared_ptr<compiler::Compiled> JitCache::find(const Tensors& arguments) {
  for (const Entry& entry : entries_) {
    if (entry.grad_enabled != context().grad_enabled || entry.types.size() != arguments.size()) {
      continue;
    }
    bool same = true;
    for (size_t i = 0; same && i < arguments.size(); ++i) {
      same = entry.types[i] == arguments[i].type() &&
             entry.requires_grad[i] == arguments[i].requires_grad();
    }
    if (same && entry.compiled->fits(arguments)) return entry.compiled;
  }
  return nullptr;
}

std::shared_ptr<compiler::Compiled> JitCache::find_or_compile(const Tensors& arguments) {
  if (std::shared_ptr<compiler::Compiled> found = find(arguments)) return found;
  std::shared_ptr<compiler::Compiled> compiled = compiler::Compiled::make(name_, arguments, body_);
  ++compilations_;
  Entry entry{{}, {}, context().grad_enabled, compiled};
  for (const Tensor& argument : arguments) {
    entry.types.push_back(argument.type());
    entry.requires_grad.push_back(argument.requires_grad());
  }
  if (entries_.size() >= kMost) entries_.erase(entries_.begin());
  entries_.push_back(std::move(entry));
  return compiled;
}

Tensors JitCache::call(const Tensors& arguments) {
  initialize();
  if (context().trace) return body_(arguments);
  std::unique_lock lock = locked(mutex_);
  while (true) {
    std::shared_ptr<compiler::Compiled> compiled = find_or_compile(arguments);
    compiler::Compiled::Turn turn(*compiled, arguments);
    // While it waited, other threads may have changed what it was compiled for.
    if (turn.waited() && !(find(arguments) == compiled && turn.stands())) continue;
    // A call that writes outer tensors keeps the lock: `find` of another thread reads them.
    if (!compiled->writes()) lock.unlock();
    return compiled->call(turn);
  }
}

int64_t JitCache::compilations() const {
  std::unique_lock lock = locked(mutex_);
  return compilations_;
}

compiler::CompiledInfo JitCache::info() const {
  std::unique_lock lock = locked(mutex_);
  if (entries_.empty()) {
    fail(Code::kRuntime, "[jit] expects a call before its compilation is shown, got none");
  }
  return entries_.back().compiled->info();
}

}  // namespace mycel
