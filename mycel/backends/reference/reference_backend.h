// The reference backend, the oracle: it interprets formulas and runs kernels as plain loops.
//
// It is a device of its own: only to_device and to_host reach its memory, which is protected
// outside its kernels.
#pragma once

#include <memory>

#include "mycel/backends/api/backend.h"

namespace mycel::backends {

std::unique_ptr<Backend> make_reference_backend();

}  // namespace mycel::backends
