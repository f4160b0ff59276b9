#include "mycel/data/idx.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "mycel/data/compressed_file.h"

namespace mycel::data {
namespace {

constexpr size_t kMaxRank = 8;
constexpr uint64_t kMaxBytes = uint64_t{1} << 40;
constexpr size_t kChunk = size_t{1} << 20;

DType dtype_of_code(uint8_t code, const std::string& path) {
  switch (code) {
    case 0x08:
      return DType::kUInt8;
    case 0x09:
      return DType::kInt8;
    case 0x0B:
      return DType::kInt16;
    case 0x0C:
      return DType::kInt32;
    case 0x0D:
      return DType::kFloat32;
    case 0x0E:
      return DType::kFloat64;
    default:
      fail(Code::kIo, "[read_idx] expects an element type of 0x08 to 0x0E, got 0x{:02X} in {}",
           code, path);
  }
}

struct Header {
  DType dtype;
  Shape shape;
  uint64_t bytes;
};

Header read_header(CompressedFile& file) {
  std::array<uint8_t, 4> magic;
  file.read_exactly(magic.data(), magic.size());
  if (magic[0] != 0 || magic[1] != 0) {
    fail(Code::kIo,
         "[read_idx] expects a file that begins with two zero bytes, got {:02x} {:02x} in {}",
         magic[0], magic[1], file.path());
  }
  Header header{dtype_of_code(magic[2], file.path()), {}, 0};
  if (magic[3] > kMaxRank) {
    fail(Code::kIo, "[read_idx] expects at most {} dimensions, got {} in {}", kMaxRank, magic[3],
         file.path());
  }
  header.bytes = static_cast<uint64_t>(byte_size(header.dtype));
  for (int i = 0; i < magic[3]; ++i) {
    std::array<uint8_t, 4> b;
    file.read_exactly(b.data(), b.size());
    uint32_t extent = uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
    header.shape.push_back(extent);
    if (__builtin_mul_overflow(header.bytes, uint64_t{extent}, &header.bytes) ||
        header.bytes > kMaxBytes) {
      fail(Code::kIo, "[read_idx] expects at most {} bytes, got the extents {} in {}", kMaxBytes,
           to_string(header.shape), file.path());
    }
  }
  return header;
}

std::vector<uint8_t> read_elements(CompressedFile& file, uint64_t bytes) {
  std::vector<uint8_t> data;
  while (data.size() < bytes) {
    size_t have = data.size(), step = std::min<uint64_t>(kChunk, bytes - have);
    data.resize(have + step);
    file.read_exactly(data.data() + have, step);
  }
  file.expect_end();
  return data;
}

void to_little_endian(std::vector<uint8_t>& data, size_t element) {
  for (size_t i = 0; i + element <= data.size() && element > 1; i += element) {
    std::reverse(data.begin() + i, data.begin() + i + element);
  }
}

}  // namespace

NDArray read_idx(const std::string& path) {
  CompressedFile file(path);
  Header header = read_header(file);
  auto data = std::make_shared<std::vector<uint8_t>>(read_elements(file, header.bytes));
  to_little_endian(*data, static_cast<size_t>(byte_size(header.dtype)));
  BufferPtr buffer = Buffer::wrap(data->data(), data->size(), Device{}, [data] {}, false);
  Strides strides = row_major(header.shape);
  return NDArray(std::move(buffer), header.dtype, std::move(header.shape), std::move(strides));
}

}  // namespace mycel::data
