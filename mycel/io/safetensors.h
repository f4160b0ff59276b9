// The safetensors format: named arrays in one file. A header length (8 bytes, little-endian), a
// JSON header {"name": {"dtype", "shape", "data_offsets"}}, the data. Source:
// https://github.com/huggingface/safetensors, "Format".
#pragma once

#include <map>
#include <string>

#include "mycel/core/ndarray.h"

namespace mycel::io {

using NamedArrays = std::map<std::string, NDArray>;
using Metadata = std::map<std::string, std::string>;

struct SafeTensors {
  NamedArrays arrays;
  Metadata metadata;
};

// Reads a whole file into new row-major arrays, which later changes of the file do not affect.
// Reads by several threads, at the speed of the file. The file is not trusted: any content gives
// the right result or an I/O error that says what is wrong. To read single arrays, see
// safetensors_file.h.
SafeTensors read_safetensors(const std::string& path);

// Writes host arrays of any strides and dtype. The file appears whole or not at all: an error, a
// full disk or a killed process leaves the old file. Raises ValueError for a name that is not UTF-8
// or is "__metadata__", and an I/O error.
void write_safetensors(const std::string& path, const NamedArrays& arrays,
                       const Metadata& metadata = {});

}  // namespace mycel::io
