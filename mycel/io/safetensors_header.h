// The header of a safetensors file as text and as data; no files here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mycel/core/dtype.h"
#include "mycel/core/shape.h"
#include "mycel/io/safetensors.h"

namespace mycel::io {

// One array's place in the data.
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

inline constexpr size_t kLengthBytes = 8;                 // before the header: how long it is
inline constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // as the reference implementation has it

// Raises an I/O error unless the entries are valid and cover `data_bytes` bytes without a hole.
Header parse_header(std::string_view text, uint64_t data_bytes);
// Raises ValueError for a name or metadata that are not UTF-8.
std::string print_header(const Header& header);

}  // namespace mycel::io
