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

bool JitCache::Entry::fits(const Tensors& arguments) const {
  if (grad_enabled != context().grad_enabled || types.size() != arguments.size()) return false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!(types[i] == arguments[i].type()) || requires_grad[i] != arguments[i].requires_grad()) {
      return false;
    }
  }
  return compiled->fits(arguments);
}

std::shared_ptr<JitCache::Entry> JitCache::find(const Tensors& arguments) const {
  return cache_.find([&](const Entry& entry) { return entry.fits(arguments); });
}

std::shared_ptr<JitCache::Entry> JitCache::find_or_compile(const Tensors& arguments) {
  if (std::shared_ptr<Entry> found = find(arguments)) return found;
  auto entry = std::make_shared<Entry>();
  entry->compiled = compiler::Compiled::make(name_, arguments, body_);
  ++compilations_;
  entry->grad_enabled = context().grad_enabled;
  for (const Tensor& argument : arguments) {
    entry->types.push_back(argument.type());
    entry->requires_grad.push_back(argument.requires_grad());
  }
  static_cast<void>(cache_.add(entry));  // an entry of C++ runs no user code when it is freed
  return entry;
}

Tensors JitCache::call(const Tensors& arguments) {
  initialize();
  if (context().trace) return body_(arguments);
  std::unique_lock lock = locked(mutex_);
  while (true) {
    std::shared_ptr<Entry> entry = find_or_compile(arguments);
    compiler::Compiled& compiled = *entry->compiled;
    compiler::Compiled::Turn turn(compiled, arguments);
    // While it waited, other threads may have changed what it was compiled for.
    if (turn.waited() && !(find(arguments) == entry && turn.stands())) continue;
    // A call that writes captured tensors keeps the lock: `find` of another thread reads them.
    if (!compiled.writes()) lock.unlock();
    return compiled.call(turn);
  }
}

int64_t JitCache::compilations() const {
  std::unique_lock lock = locked(mutex_);
  return compilations_;
}

compiler::CompiledInfo JitCache::info() const {
  std::unique_lock lock = locked(mutex_);
  if (cache_.entries().empty()) {
    fail(Code::kRuntime, "[jit] expects a call before its compilation is shown, got none");
  }
  return cache_.entries().back()->compiled->info();
}

}  // namespace mycel
