// Element types: sizes, names, promotion, and the C++ type of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mycel/base/error.h"
#include "mycel/core/float16.h"

namespace mycel {

enum class DType : uint8_t {
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64,
};
inline constexpr int kNumDTypes = 13;

enum class DTypeClass : uint8_t { kBool, kSigned, kUnsigned, kFloat };

struct DTypeInfo {
  std::string_view name;        // "float32", as users write it
  std::string_view short_name;  // "f32", as in the IR's text
  int bits;                     // in memory; not in bytes, to allow smaller types
  DTypeClass kind;
};

const DTypeInfo& info(DType dtype);
inline std::string_view name(DType dtype) { return info(dtype).name; }
inline std::string_view short_name(DType dtype) { return info(dtype).short_name; }
// Accepts a name or a short name.
std::optional<DType> parse_dtype(std::string_view name);

inline bool is_floating(DType d) { return d >= DType::kFloat16; }
inline bool is_integer(DType d) { return d > DType::kBool && d < DType::kFloat16; }
inline bool is_signed_integer(DType d) { return d > DType::kBool && d < DType::kUInt8; }
inline bool is_unsigned_integer(DType d) { return d >= DType::kUInt8 && d < DType::kFloat16; }
inline bool is_half_width(DType d) { return d == DType::kFloat16 || d == DType::kBFloat16; }
// Bytes of one element.
inline int64_t byte_size(DType d) {
  constexpr uint8_t kBytes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8};
  return kBytes[static_cast<int>(d)];
}

// The common dtype of two tensors, by PyTorch's table (torch.promote_types): a float beats every
// integer, float16 with bfloat16 gives float32, uint8 with int8 gives int16; uint16 and uint32 with
// a signed type of their size or less give the next signed type. uint64 with a signed type gives
// float64, as in NumPy; comparisons of the two are exact (tensor/promote.cc).
DType promote(DType a, DType b);
// The common dtype of a tensor and a Python scalar of kind `scalar`. The scalar is weak: it changes
// the dtype only if its kind is higher (bool < integer < float).
DType promote_weak(DType tensor, DTypeClass scalar);
// The dtype in which sums and products accumulate: float32 for 16-bit floats, int64 for integers
// and bool.
DType accumulator(DType dtype);

inline constexpr DType kDefaultFloat = DType::kFloat32;
inline constexpr DType kDefaultInt = DType::kInt64;

template <class T>
struct TypeTag {
  using type = T;
};

// Calls `f(TypeTag<T>{})` with the C++ type of `dtype`.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kBool:
      return f(TypeTag<bool>{});
    case DType::kInt8:
      return f(TypeTag<int8_t>{});
    case DType::kInt16:
      return f(TypeTag<int16_t>{});
    case DType::kInt32:
      return f(TypeTag<int32_t>{});
    case DType::kInt64:
      return f(TypeTag<int64_t>{});
    case DType::kUInt8:
      return f(TypeTag<uint8_t>{});
    case DType::kUInt16:
      return f(TypeTag<uint16_t>{});
    case DType::kUInt32:
      return f(TypeTag<uint32_t>{});
    case DType::kUInt64:
      return f(TypeTag<uint64_t>{});
    case DType::kFloat16:
      return f(TypeTag<Float16>{});
    case DType::kBFloat16:
      return f(TypeTag<BFloat16>{});
    case DType::kFloat32:
      return f(TypeTag<float>{});
    case DType::kFloat64:
      return f(TypeTag<double>{});
  }
  fail_internal("unknown dtype {}", static_cast<int>(dtype));
}

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>)
    return DType::kBool;
  else if constexpr (std::is_same_v<T, Float16>)
    return DType::kFloat16;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return DType::kBFloat16;
  else if constexpr (std::is_same_v<T, float>)
    return DType::kFloat32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::kFloat64;
  else {
    static_assert(std::is_integral_v<T>);
    constexpr int kLog = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<DType>((std::is_signed_v<T> ? 1 : 5) + kLog);
  }
}

}  // namespace mycel
