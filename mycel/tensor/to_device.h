// Copies between devices.
#pragma once

#include <string_view>

#include "mycel/tensor/tensor.h"

namespace mycel {

// Copies the tensor to a device; returns it as it is if it is there. Raises RuntimeError, prefixed
// "[what]", if its gradient would be lost: a copy between devices has none. In a compiled function,
// which runs on one device, a move to another raises CompileError.
Tensor to_device(const Tensor& tensor, Device device, std::string_view what);

}  // namespace mycel
