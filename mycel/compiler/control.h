// Prepares control flow as steps: `if`, `while`, `scan` and `call` run inner executables.
#pragma once

#include <memory>
#include <vector>

#include "mycel/compiler/choose_kernel.h"
#include "mycel/runtime/executable.h"

namespace mycel::compiler {

// The surrounding preparation; `spec` gives the layout of values that are defined outside.
struct ControlContext {
  backends::Backend* backend;
  const ir::Module* module;
  SpecOf spec;
  int depth = 0;       // of calls
  bool apart = false;  // as in PrepareOptions
};

struct PreparedControl {
  std::shared_ptr<const runtime::Control> control;
  // Outer values that the regions read; the step takes them after its own operands.
  std::vector<const ir::Value*> captured;
};

// The buffers of the step are: operands, captured values, results. Results are dense in the layout
// of their types.
PreparedControl make_control(const ir::Operation& op, const ControlContext& context);

}  // namespace mycel::compiler
