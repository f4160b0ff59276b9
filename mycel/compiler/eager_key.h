// What tells one eager call from another: operation, attributes, device, and the types and layouts
// of the operands.
#pragma once

#include <cstdint>
#include <span>

#include "mycel/core/ndarray.h"
#include "mycel/ir/op_def.h"

namespace mycel::compiler {

// A call that borrows its parts, for looking up.
struct EagerCall {
  const ir::OpDef* op;
  const ir::Attributes* attributes;
  Device device;
  std::span<const NDArray* const> inputs;

  size_t hash() const;
};

// A call that owns them, as a key.
class EagerKey {
 public:
  explicit EagerKey(const EagerCall& call);
  bool matches(const EagerCall& call) const;

 private:
  struct Input {
    bool absent;
    DType dtype;
    Shape shape;
    Strides strides;
  };
  const ir::OpDef* op_;
  ir::Attributes attributes_;
  Device device_;
  std::vector<Input> inputs_;
};

}  // namespace mycel::compiler
