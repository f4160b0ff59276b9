// Compares arrays of numbers up to rounding.
#pragma once

#include <string>
#include <vector>

#include "mycel/core/ndarray.h"

namespace mycel {

// The difference that two correct computations may have, relative to the largest magnitude in the
// array: a few units in the last place, and one for each of the `depth` terms that are summed.
// Integers and bools are exact.
double tolerance(DType dtype, int64_t depth);

// Returns "" or where they differ; NaN equals NaN, and an infinity itself.
std::string difference(const NDArray& expected, const NDArray& got, double tolerance);
// The same for lists of results; `depth` as above.
std::string difference(const std::vector<NDArray>& expected, const std::vector<NDArray>& got,
                       int64_t depth);

// The elements as doubles, row-major.
std::vector<double> elements(const NDArray& array);

}  // namespace mycel
