// The table of contents of the compiler.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "mycel/compiler/prepare.h"

namespace mycel::compiler {

// The stages in order, each one pass; see pipeline.cc.
std::span<const std::string_view> pipeline();

// Runs the stages. The pass that MYCEL_SKIP_PASS names is left out wherever it stands: results stay
// the same bits, except where a library implementation or an order of summation differs. Raises
// ValueError, with the names that there are, for one that is no stage or that no program can do
// without.
void optimize(ir::Function& function, const ir::Target& target);

// Optimises the function (in place), then prepares it.
std::shared_ptr<const runtime::Executable> compile(ir::Function& function,
                                                   backends::Backend& backend,
                                                   std::span<const runtime::Spec> inputs,
                                                   const PrepareOptions& options = {});

}  // namespace mycel::compiler
