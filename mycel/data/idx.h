// The IDX format of the MNIST files: a magic number with dtype and rank, the extents, the elements,
// all big-endian. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "File
// formats".
#pragma once

#include <string>

#include "mycel/core/ndarray.h"

namespace mycel::data {

// Reads a file, gzip-compressed or not, into a row-major array (uint8, int8, int16, int32, float32
// or float64). The file is not trusted: memory grows with the data read, never with the announced
// size. Raises an I/O error for a missing, truncated, overlong or damaged file.
NDArray read_idx(const std::string& path);

}  // namespace mycel::data
