// Lowers an optimised function to prepared steps: kernels, layouts, addresses.
#pragma once

#include <memory>
#include <span>

#include "mycel/base/settings.h"
#include "mycel/ir/function.h"
#include "mycel/passes/memory/plan_memory.h"
#include "mycel/runtime/executable.h"

namespace mycel::compiler {

struct PrepareOptions {
  const ir::Module* module = nullptr;  // holds the functions that `call` names
  // Pairs (argument, result) that should share a buffer if possible.
  std::vector<passes::MemoryRequest::Donation> donations;
  // No result may share memory with an argument or another result (regions of control flow).
  bool fresh_results = false;
  // Every value gets memory of its own: no result overwrites an operand, an argument or a replaced
  // gradient, a view is a copy unless it is a result, and no byte of the arena is reused.
  bool apart = memory_apart();
  int call_depth = 0;
};

// Prepares the function for arguments of the layouts `inputs`. Raises CompileError if the backend
// lacks a kernel.
std::shared_ptr<const runtime::Executable> prepare(const ir::Function& function,
                                                   backends::Backend& backend,
                                                   std::span<const runtime::Spec> inputs,
                                                   const PrepareOptions& options = {});

}  // namespace mycel::compiler
