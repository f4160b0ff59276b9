// Which results may overwrite which operands.
#pragma once

#include "mycel/te/computation.h"

namespace mycel::codegen::schedule {

// Whether a kernel of the computation may write `output` over `input`, given that both have the
// same layout: the output reads the input, at the element that it writes, and so does every other
// output that reads it, over the same axes.
bool may_run_in_place(const te::Computation& computation, size_t input, size_t output);

}  // namespace mycel::codegen::schedule
