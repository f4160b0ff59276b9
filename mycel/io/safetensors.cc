#include "mycel/io/safetensors.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "mycel/io/atomic_file.h"
#include "mycel/io/safetensors_file.h"

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

namespace mycel::io {
namespace {

// The data begins at a multiple of this, so that other readers may map it.
constexpr size_t kAlignment = 64;

using Named = NamedArrays::value_type;

// Orders by width, widest first: this aligns all elements, as the format allows no gaps.
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
  SafeTensorsFile file(path);
  return {file.read_all(), file.metadata()};
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
