// How long a nest takes, roughly: enough to decide whether threads pay.
#pragma once

#include "mycel/codegen/loop_nest/finalize_nest.h"

namespace mycel::codegen::schedule {

// On one core.
double nanoseconds(const Instance& instance);

}  // namespace mycel::codegen::schedule
