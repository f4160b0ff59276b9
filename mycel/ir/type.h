// Type: the static type of a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mycel/core/dim.h"
#include "mycel/core/dtype.h"

namespace mycel::ir {

// The memory order of a tensor's elements. It is an encoding of the type: printed, parsed and
// carried along, but without effect on the value's meaning, so inference ignores it.
enum class Layout : uint8_t { kAny, kRowMajor, kChannelsLast };

struct Type {
  enum class Kind : uint8_t {
    kNone,    // an optional operand that is absent, printed `none`
    kTensor,  // dtype and dims
    kToken,   // orders effects
  };

  Kind kind = Kind::kNone;
  DType dtype = DType::kFloat32;
  Layout layout = Layout::kAny;
  Dims dims;

  static Type tensor(DType dtype, Dims dims) {
    return {Kind::kTensor, dtype, Layout::kAny, std::move(dims)};
  }
  static Type token() { return {Kind::kToken, DType::kBool, Layout::kAny, {}}; }

  bool is_tensor() const { return kind == Kind::kTensor; }
  bool is_none() const { return kind == Kind::kNone; }
  size_t rank() const { return dims.size(); }
  const Dim& dim(size_t i) const { return dims[i]; }
  // Ignores the layout.
  friend bool operator==(const Type& a, const Type& b) {
    return a.kind == b.kind && a.dtype == b.dtype && a.dims == b.dims;
  }
};

// "f32[8,n]", "f32[8,6,28,28]@channels_last", "token", "none"
std::string to_string(const Type& type);
// Parses the output of to_string; raises ValueError.
Type parse_type(std::string_view text);

}  // namespace mycel::ir
