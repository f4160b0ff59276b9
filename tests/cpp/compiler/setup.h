// The whole framework.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mycel/ops/operators.h"
#include "tests/cpp/support/tensors.h"

namespace mycel {

// Parses the module, compiles its function @main for these arguments, and runs it.
std::vector<NDArray> run_text(std::string_view text, const std::vector<NDArray>& arguments,
                              DeviceKind device = DeviceKind::kCpu);

}  // namespace mycel
