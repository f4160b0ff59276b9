// Control flow as prepared steps: `if`, `while`, `scan` and `call` run inner executables.
#pragma once

#include <memory>
#include <vector>

#include "mycel/compiler/choose_kernel.h"
#include "mycel/runtime/executable.h"

namespace mycel::compiler {

// What the surrounding preparation knows: the layout of a value that is defined outside.
struct ControlContext {
  backends::Backend* backend;
  const ir::Module* module;
  SpecOf spec;
  int depth = 0;       // of calls
  bool apart = false;  // as in PrepareOptions
};

struct PreparedControl {
  std::shared_ptr<const runtime::Control> control;
  // Values from outside that the regions read: operands of the step after its own.
  std::vector<const ir::Value*> captured;
};

// The buffers of the step are: operands, captured values, results. Results are dense in the layout
// of their types.
PreparedControl make_control(const ir::Operation& op, const ControlContext& context);

}  // namespace mycel::compiler
