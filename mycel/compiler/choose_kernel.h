// Chooses the kernel that computes an operation.
#pragma once

#include <functional>
#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/compiler/inline_formulas.h"
#include "mycel/ir/function.h"

namespace mycel::compiler {

// The dtype and layout of a value.
using SpecOf = std::function<const backends::Operand&(const ir::Value*)>;

struct ChosenKernel {
  backends::KernelPtr kernel;
  std::vector<te::InPlace> in_place;  // results that may overwrite an operand if it dies there
};

// Returns the implementation that the operation names, else the backend's first one that does not
// decline, else a kernel compiled from the formula. Raises CompileError if there is none.
ChosenKernel choose_kernel(const ir::Operation& op, backends::Backend& backend, const SpecOf& spec);

}  // namespace mycel::compiler
