#include "mycel/compiler/jit.h"

#include "mycel/compiler/init.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/object.h"

namespace mycel {

std::shared_ptr<compiler::Compiled> JitCache::find(const Tensors& arguments) {
  for (const Entry& entry : entries_) {
    if (entry.grad_enabled != context().grad_enabled ||
        entry.types.size() != arguments.size()) {
      continue;
    }
    bool same = true;
    for (size_t i = 0; same && i < arguments.size(); ++i) {
      same = entry.types[i] == arguments[i].type() &&
             entry.requires_grad[i] == arguments[i].requires_grad();
    }
    if (same && entry.compiled->fits()) return entry.compiled;
  }
  return nullptr;
}

Tensors JitCache::call(const Tensors& arguments) {
  initialize();
  if (context().trace) return body_(arguments);
  std::shared_ptr<compiler::Compiled> compiled;
  {
    std::lock_guard lock(mutex_);
    compiled = find(arguments);
    if (!compiled) {
      compiled = compiler::Compiled::make(name_, arguments, body_);
      ++compilations_;
      Entry entry{{}, {}, context().grad_enabled, compiled};
      for (const Tensor& argument : arguments) {
        entry.types.push_back(argument.type());
        entry.requires_grad.push_back(argument.requires_grad());
      }
      if (entries_.size() >= kMost) entries_.erase(entries_.begin());
      entries_.push_back(std::move(entry));
    }
  }
  return compiled->call(arguments);
}

const compiler::CompiledInfo& JitCache::info() const {
  if (entries_.empty()) fail(Code::kRuntime, "[jit] expects a call before its compilation is shown");
  return entries_.back().compiled->info();
}

}  // namespace mycel
