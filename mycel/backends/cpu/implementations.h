// The CPU's implementations of each operation, in the order in which they are tried.
#pragma once

#include <span>

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

std::span<const Implementation* const> implementations_of(std::string_view op);

}  // namespace mycel::backends::cpu
