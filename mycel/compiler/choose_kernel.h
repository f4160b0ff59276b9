// Which kernel computes an operation.
#pragma once

#include <functional>
#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/compiler/inline_formulas.h"
#include "mycel/ir/function.h"

namespace mycel::compiler {

// How a value lies.
using SpecOf = std::function<const backends::Operand&(const ir::Value*)>;

struct ChosenKernel {
  backends::KernelPtr kernel;
  std::vector<te::InPlace> in_place;  // results that may overwrite an operand which dies there
};

// The implementation that the operation names, else the first that the backend offers and that does
// not decline, else the formula. Raises CompileError where there is none.
ChosenKernel choose_kernel(const ir::Operation& op, backends::Backend& backend, const SpecOf& spec);

}  // namespace mycel::compiler
