#include "mycel/ir/constant_text.h"

#include <array>
#include <bit>

namespace mycel::ir {
namespace {

static_assert(std::endian::native == std::endian::little, "constants are written as they lie");

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<uint8_t>(kDigits[i])] = static_cast<int8_t>(i);
  }
  return values;
}();

int value_of(char digit) {
  auto code = static_cast<uint8_t>(digit);
  if (kValues[code] < 0) fail(Code::kValue, "expects base64, got the character code {}", code);
  return static_cast<uint8_t>(kValues[code]);
}

}  // namespace

std::string encode_constant(const NDArray& array) {
  NDArray dense = contiguous(array);
  const auto* bytes = static_cast<const uint8_t*>(dense.raw());
  auto size = static_cast<size_t>(dense.bytes());
  std::string text;
  text.reserve((size + 2) / 3 * 4);
  for (size_t i = 0; i < size; i += 3) {
    uint32_t three = bytes[i] << 16;
    if (i + 1 < size) three |= bytes[i + 1] << 8;
    if (i + 2 < size) three |= bytes[i + 2];
    for (size_t k = 0; k < 4; ++k) {
      text += i + k < size + 1 ? kDigits[(three >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return text;
}

NDArray decode_constant(const Type& type, std::string_view text) {
  Shape shape = to_shape(type.dims);
  int64_t bytes;
  bool fits = !__builtin_mul_overflow(num_elements(shape), byte_size(type.dtype), &bytes);
  // Check the size before allocating anything.
  if (!fits || static_cast<uint64_t>(bytes) > text.size() ||
      (static_cast<size_t>(bytes) + 2) / 3 * 4 != text.size()) {
    fail(Code::kValue, "expects the base64 of {}, got {} characters", to_string(type), text.size());
  }
  NDArray array = NDArray::empty(type.dtype, shape);
  auto* out = static_cast<uint8_t*>(array.raw());
  for (int64_t at = 0; at < bytes; at += 3, text.remove_prefix(4)) {
    int64_t left = std::min<int64_t>(bytes - at, 3);
    uint32_t three = 0;
    for (size_t k = 0; k < 4; ++k) {
      bool padding = static_cast<int64_t>(k) > left;
      if (padding && text[k] != '=') fail(Code::kValue, "expects base64 that ends in =");
      three = three << 6 | (padding ? 0 : static_cast<uint32_t>(value_of(text[k])));
    }
    for (int64_t k = 0; k < left; ++k) out[at + k] = static_cast<uint8_t>(three >> (16 - 8 * k));
  }
  if (type.dtype == DType::kBool) {
    for (int64_t i = 0; i < bytes; ++i) {
      if (out[i] > 1) fail(Code::kValue, "expects bools of 0 or 1, got {}", out[i]);
    }
  }
  return array;
}

}  // namespace mycel::ir
