// The compiler's pipeline: optimises a function and prepares it for execution.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "mycel/compiler/prepare.h"

namespace mycel::compiler {

// Returns the names of the stages in order, each one pass; see pipeline.cc.
std::span<const std::string_view> pipeline();

// Runs the stages, leaving out every occurrence of the pass that MYCEL_SKIP_PASS names. Results
// then keep every bit, except where a library implementation or an order of summation differs.
// Raises ValueError, listing the valid names, for an unknown stage or one that programs require.
void optimize(ir::Function& function, const ir::Target& target);

// Optimises the function (in place), then prepares it.
std::shared_ptr<const runtime::Executable> compile(ir::Function& function,
                                                   backends::Backend& backend,
                                                   std::span<const runtime::Spec> inputs,
                                                   const PrepareOptions& options = {});

}  // namespace mycel::compiler
