// Copies between devices.
#pragma once

#include <string_view>

#include "mycel/tensor/tensor.h"

namespace mycel {

// The tensor on a device: itself if it is there or traced. Raises RuntimeError, after "[what]",
// where its gradient would be lost: a copy between devices has none.
Tensor move_to(const Tensor& tensor, Device device, std::string_view what);

}  // namespace mycel
