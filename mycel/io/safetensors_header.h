// Parses and prints the header of a safetensors file; reads no files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mycel/core/dtype.h"
#include "mycel/core/shape.h"
#include "mycel/io/safetensors.h"

namespace mycel::io {

// The type of one array and its range of the data.
struct Entry {
  DType dtype;
  Shape shape;
  uint64_t begin;
  uint64_t end;
};

struct Header {
  std::map<std::string, Entry> entries;
  Metadata metadata;
};

inline constexpr size_t kLengthBytes = 8;                 // the length that precedes the header
inline constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit

// Raises an I/O error unless the entries are valid and cover `data_bytes` bytes without gaps.
Header parse_header(std::string_view text, uint64_t data_bytes);
// Raises ValueError for a name or metadata that are not UTF-8.
std::string print_header(const Header& header);

}  // namespace mycel::io
