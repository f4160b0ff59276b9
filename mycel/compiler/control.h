// Control flow as prepared steps: `if`, `while`, `scan` and `call` run inner executables.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"
#include "mycel/ir/function.h"
#include "mycel/runtime/executable.h"

namespace mycel::compiler {

std::shared_ptr<const runtime::Control> make_control(const ir::Operation& op,
                                                     backends::Backend& backend,
                                                     const ir::Module* module);

}  // namespace mycel::compiler
