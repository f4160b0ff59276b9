#include "mycel/io/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <vector>

#include "mycel/io/atomic_file.h"
#include "mycel/io/mapped_file.h"
#include "mycel/io/safetensors_header.h"

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

namespace mycel::io {
namespace {

constexpr size_t kLengthBytes = 8;
// Data begins at such an offset, so that mapped arrays are aligned.
constexpr size_t kAlignment = 64;

struct Parts {
  std::string_view header;
  const char* data;
  uint64_t data_bytes;
};

Parts split(const MappedFile& file) {
  uint64_t length = 0;
  if (file.size() < kLengthBytes) {
    fail(Code::kIo, "[safetensors] expects at least {} bytes, got {}", kLengthBytes, file.size());
  }
  std::memcpy(&length, file.data(), kLengthBytes);
  uint64_t rest = file.size() - kLengthBytes;
  if (length > rest || length > kMaxHeaderBytes) {
    fail(Code::kIo, "[safetensors] expects a header of at most {} bytes, got a length of {}",
         std::min(rest, kMaxHeaderBytes), length);
  }
  const char* header = file.data() + kLengthBytes;
  return {{header, length}, header + length, rest - length};
}

NDArray array_of(const Entry& entry, const char* data, const std::shared_ptr<MappedFile>& file) {
  size_t bytes = entry.end - entry.begin;
  const char* begin = data + entry.begin;
  if (reinterpret_cast<uintptr_t>(begin) % static_cast<uintptr_t>(byte_size(entry.dtype)) != 0) {
    NDArray copy = NDArray::empty(entry.dtype, entry.shape);
    std::memcpy(copy.raw(), begin, bytes);
    return copy;
  }
  BufferPtr buffer = Buffer::wrap(const_cast<char*>(begin), bytes, Device{}, [file] {}, true);
  return NDArray(std::move(buffer), entry.dtype, entry.shape, row_major(entry.shape));
}

void check_bools(const NDArray& array, const std::string& name) {
  const auto* values = static_cast<const uint8_t*>(array.raw());
  if (std::all_of(values, values + array.size(), [](uint8_t v) { return v <= 1; })) return;
  fail(Code::kIo, "[safetensors] expects 0 and 1 in the bool array \"{}\", got another byte", name);
}

SafeTensors read_mapped(const std::shared_ptr<MappedFile>& file) {
  Parts parts = split(*file);
  Header header = parse_header(parts.header, parts.data_bytes);
  SafeTensors out;
  out.metadata = std::move(header.metadata);
  for (const auto& [name, entry] : header.entries) {
    NDArray array = array_of(entry, parts.data, file);
    if (entry.dtype == DType::kBool) check_bools(array, name);
    out.arrays.emplace(name, std::move(array));
  }
  return out;
}

using Named = NamedArrays::value_type;

// Wide elements first: then all are aligned, as the format allows no gaps.
std::vector<const Named*> file_order(const NamedArrays& arrays) {
  std::vector<const Named*> order;
  for (const Named& named : arrays) order.push_back(&named);
  std::sort(order.begin(), order.end(), [](const Named* a, const Named* b) {
    int64_t wide = byte_size(a->second.dtype()), other = byte_size(b->second.dtype());
    return wide != other ? wide > other : a->first < b->first;
  });
  return order;
}

std::string padded(std::string header) {
  size_t end = kLengthBytes + header.size();
  header.append((kAlignment - end % kAlignment) % kAlignment, ' ');
  return header;
}

}  // namespace

SafeTensors read_safetensors(const std::string& path) {
  auto file = std::make_shared<MappedFile>(path);
  try {
    return read_mapped(file);
  } catch (const Error& error) {
    fail(error.code(), "{} in {}", error.what(), path);
  }
}

void write_safetensors(const std::string& path, const NamedArrays& arrays,
                       const Metadata& metadata) {
  std::vector<const Named*> order = file_order(arrays);
  Header header{{}, metadata};
  uint64_t at = 0;
  for (const Named* named : order) {
    const NDArray& array = named->second;
    uint64_t end = at + static_cast<uint64_t>(array.bytes());
    header.entries.emplace(named->first, Entry{array.dtype(), array.shape(), at, end});
    at = end;
  }
  std::string text = padded(print_header(header));
  uint64_t length = text.size();

  AtomicFile file(path);
  file.write(&length, kLengthBytes);
  file.write(text.data(), text.size());
  for (const Named* named : order) {
    NDArray rows = contiguous(named->second);
    file.write(rows.raw(), static_cast<size_t>(rows.bytes()));
  }
  file.commit();
}

}  // namespace mycel::io
