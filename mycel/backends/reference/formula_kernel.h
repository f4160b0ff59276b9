// Kernels that interpret formulas on the reference device.
#pragma once

#include "mycel/backends/api/backend.h"
#include "mycel/backends/reference/page_allocator.h"

namespace mycel::backends {

KernelPtr make_formula_kernel(PageAllocator& allocator, const te::Computation& computation,
                              std::span<const Operand> inputs, std::span<const Operand> outputs);

}  // namespace mycel::backends
