// Kernels that copy between layouts.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::compiler {

// Compiles a kernel that copies an array of layout `from` into one of layout `to`.
backends::KernelPtr copy_kernel(backends::Backend& backend, const backends::Operand& from,
                                const backends::Operand& to);
void run_copy(const backends::KernelPtr& kernel, char* from, char* to,
              const backends::Stream& stream);

}  // namespace mycel::compiler
