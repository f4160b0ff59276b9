// The whole framework.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mycel/ops/operators.h"
#include "mycel/runtime/executable.h"
#include "tests/cpp/support/tensors.h"

namespace mycel {

// Parses the module and compiles its function @main for arguments like these.
std::shared_ptr<const runtime::Executable> compile_text(std::string_view text,
                                                        const std::vector<NDArray>& arguments,
                                                        DeviceKind device = DeviceKind::kCpu);
// And runs it.
std::vector<NDArray> run_text(std::string_view text, const std::vector<NDArray>& arguments,
                              DeviceKind device = DeviceKind::kCpu);

}  // namespace mycel
