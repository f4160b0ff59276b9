// A rough estimate of a nest's time, enough to decide whether threads pay off.
#pragma once

#include "mycel/codegen/loop_nest/finalize_nest.h"

namespace mycel::codegen::schedule {

// On one core.
double nanoseconds(const Instance& instance);

}  // namespace mycel::codegen::schedule
