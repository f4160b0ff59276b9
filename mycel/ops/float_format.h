// Range and precision of floating dtypes.
#pragma once

#include "mycel/core/dtype.h"

namespace mycel {

// Bits of the significand, the leading one included.
int significand_bits(DType dtype);
// The largest finite number.
double largest_float(DType dtype);
// The largest number of the dtype that is at most x, and the smallest that is at least x.
double round_down(double x, DType dtype);
double round_up(double x, DType dtype);

}  // namespace mycel
