// Compiles formulas to CPU kernels with the code generator.
#pragma once

#include <span>

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

KernelPtr compile_formula(const te::Computation& computation, std::span<const Operand> inputs,
                          std::span<const Operand> outputs);
// Copies the elements of `from` into the layout of `to`, which has the same shape and dtype.
KernelPtr copy_kernel(const Operand& from, const Operand& to);

}  // namespace mycel::backends::cpu
