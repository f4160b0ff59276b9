// The C structures of DLPack 1.1, the protocol for exchanging arrays between libraries
// (https://dmlc.github.io/dlpack/latest/c_api.html).
#pragma once

#include <cstdint>

#include "mycel/core/dtype.h"

namespace mycel::python::dlpack {

inline constexpr uint32_t kMajor = 1, kMinor = 1;
inline constexpr int32_t kCpu = 1;
enum TypeCode : uint8_t { kInt = 0, kUInt = 1, kFloat = 2, kBfloat = 4, kBool = 6 };
inline constexpr uint64_t kReadOnly = 1;
inline constexpr uint64_t kIsCopied = 2;

struct Device {
  int32_t type;
  int32_t id;
};
struct DataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
  bool operator==(const DataType&) const = default;
};
inline DataType type_of(DType dtype) {
  TypeCode code = dtype == DType::kBool       ? kBool
                  : dtype == DType::kBFloat16 ? kBfloat
                  : is_floating(dtype)        ? kFloat
                  : is_signed_integer(dtype)  ? kInt
                                              : kUInt;
  return {code, static_cast<uint8_t>(info(dtype).bits), 1};
}
struct Array {
  void* data;
  Device device;
  int32_t ndim;
  DataType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null: row-major
  uint64_t byte_offset;
};

// The layout before version 1, without flags.
struct Managed {
  Array array;
  void* context;
  void (*deleter)(Managed*);
};
struct ManagedVersioned {
  uint32_t major, minor;
  void* context;
  void (*deleter)(ManagedVersioned*);
  uint64_t flags;
  Array array;
};

inline constexpr char kName[] = "dltensor";
inline constexpr char kUsed[] = "used_dltensor";
inline constexpr char kNameVersioned[] = "dltensor_versioned";
inline constexpr char kUsedVersioned[] = "used_dltensor_versioned";

}  // namespace mycel::python::dlpack
