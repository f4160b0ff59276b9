// Philox 4x32-10 as expressions: counter-based random bits.
#pragma once

#include <array>

#include "mycel/te/expr.h"

namespace mycel {

// Four uint32 of random bits for a 64-bit counter and a 64-bit key (uint64 expressions). The upper
// half of the 128-bit counter is 0.
std::array<te::Expr, 4> philox(const te::Expr& counter, const te::Expr& key);

}  // namespace mycel
