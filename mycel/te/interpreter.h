// Runs formulas directly: slow, simple, the oracle of every other backend.
#pragma once

#include <span>

#include "mycel/core/ndarray.h"
#include "mycel/te/computation.h"

namespace mycel::te {

// Computes every output into `outputs` (allocated, any strides, host-addressable). Extents must be
// numbers. Floats are computed in the node's dtype (float32 as float), sums in index order.
void interpret(const Computation& computation, std::span<const NDArray> inputs,
               std::span<const NDArray> outputs);

}  // namespace mycel::te
