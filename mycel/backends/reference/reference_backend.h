// The oracle: formulas interpreted, kernels as plain loops, on a device of its own, whose memory is
// reached by to_device and to_host only and protected outside its kernels.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

std::unique_ptr<Backend> make_reference_backend();

}  // namespace mycel::backends
