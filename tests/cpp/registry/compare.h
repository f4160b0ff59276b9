// Whether two arrays hold the same numbers, up to what rounding explains.
#pragma once

#include <string>
#include <vector>

#include "mycel/core/ndarray.h"

namespace mycel {

// What two correct computations may differ by, relative to the largest magnitude in the array: a
// few units in the last place, and one for each of the `depth` terms that are summed. Integers and
// bools are exact.
double tolerance(DType dtype, int64_t depth);

// "" or where they differ; NaN equals NaN, and an infinity itself.
std::string difference(const NDArray& expected, const NDArray& got, double tolerance);
// Of lists of results; `depth` as above.
std::string difference(const std::vector<NDArray>& expected, const std::vector<NDArray>& got,
                       int64_t depth);

// The elements as doubles, row-major.
std::vector<double> elements(const NDArray& array);

}  // namespace mycel
