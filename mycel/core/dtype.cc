#include "mycel/core/dtype.h"

#include <algorithm>
#include <utility>

namespace mycel {
namespace {

constexpr DTypeInfo kInfo[kNumDTypes] = {
    {"bool", "bool", 8, DTypeClass::kBool},       {"int8", "i8", 8, DTypeClass::kSigned},
    {"int16", "i16", 16, DTypeClass::kSigned},    {"int32", "i32", 32, DTypeClass::kSigned},
    {"int64", "i64", 64, DTypeClass::kSigned},    {"uint8", "u8", 8, DTypeClass::kUnsigned},
    {"uint16", "u16", 16, DTypeClass::kUnsigned}, {"uint32", "u32", 32, DTypeClass::kUnsigned},
    {"uint64", "u64", 64, DTypeClass::kUnsigned}, {"float16", "f16", 16, DTypeClass::kFloat},
    {"bfloat16", "bf16", 16, DTypeClass::kFloat}, {"float32", "f32", 32, DTypeClass::kFloat},
    {"float64", "f64", 64, DTypeClass::kFloat},
};

DType signed_of_bits(int bits) {
  if (bits <= 8) return DType::kInt8;
  if (bits <= 16) return DType::kInt16;
  return bits <= 32 ? DType::kInt32 : DType::kInt64;
}

}  // namespace

const DTypeInfo& info(DType dtype) { return kInfo[static_cast<int>(dtype)]; }

std::optional<DType> parse_dtype(std::string_view name) {
  for (int i = 0; i < kNumDTypes; ++i) {
    if (kInfo[i].name == name || kInfo[i].short_name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a > b) std::swap(a, b);  // bool < signed < unsigned < floats
  if (is_floating(b)) {
    if (!is_floating(a)) return b;
    return a == DType::kFloat16 && b == DType::kBFloat16 ? DType::kFloat32 : b;
  }
  if (a == DType::kBool || info(a).kind == info(b).kind) return b;
  // Signed and unsigned: the smallest signed type that holds both, if there is one.
  if (info(b).bits < info(a).bits) return a;
  if (info(b).bits == 64) return DType::kFloat64;
  return signed_of_bits(info(b).bits * 2);
}

DType promote_weak(DType tensor, DTypeClass scalar) {
  if (scalar == DTypeClass::kFloat) return is_floating(tensor) ? tensor : kDefaultFloat;
  if (scalar == DTypeClass::kBool || tensor != DType::kBool) return tensor;
  return kDefaultInt;
}

DType accumulator(DType dtype) {
  if (is_half_width(dtype)) return DType::kFloat32;
  return is_floating(dtype) ? dtype : DType::kInt64;
}

}  // namespace mycel
