// The CPU backend: generated kernels, and oneDNN for the heavy operations.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

std::unique_ptr<Backend> make_cpu_backend();

}  // namespace mycel::backends
