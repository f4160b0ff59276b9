// Copies between layouts, as kernels.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::compiler {

// Copies elements that lie as `from` to where they lie as `to`.
backends::KernelPtr copy_kernel(backends::Backend& backend, const backends::Operand& from,
                                const backends::Operand& to);
void run_copy(const backends::KernelPtr& kernel, char* from, char* to,
              const backends::Stream& stream);

}  // namespace mycel::compiler
