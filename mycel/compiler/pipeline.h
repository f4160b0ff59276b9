// The table of contents of the compiler.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "mycel/compiler/prepare.h"

namespace mycel::compiler {

// The stages in order, each one pass; see pipeline.cc.
std::span<const std::string_view> pipeline();
void optimize(ir::Function& function, const ir::Target& target);

// Optimises the function (in place), then prepares it.
std::shared_ptr<const runtime::Executable> compile(ir::Function& function,
                                                   backends::Backend& backend,
                                                   std::span<const runtime::Spec> inputs,
                                                   const PrepareOptions& options = {});

}  // namespace mycel::compiler
