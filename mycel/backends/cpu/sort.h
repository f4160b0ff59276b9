// `sort` along a dim, by radix sort.
#pragma once

#include "mycel/backends/api/backend.h"

namespace mycel::backends::cpu {

const Implementation& radix_sort();

}  // namespace mycel::backends::cpu
