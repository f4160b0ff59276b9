// The cache key of an eager call: operation, attributes, device, types and layouts of the operands,
// and whether the result overwrites the first operand.
#pragma once

#include <cstdint>
#include <span>

#include "mycel/core/ndarray.h"
#include "mycel/ir/op_def.h"

namespace mycel::compiler {

// Stores plain words, which are hashed and compared uninterpreted. Attributes enter only by their
// hash, so a look-up must compare them as well.
class EagerKey {
 public:
  EagerKey(const ir::OpDef& op, const ir::Attributes& attributes, Device device,
           std::span<const NDArray* const> inputs, bool in_place);

  uint64_t hash() const { return hash_; }
  friend bool operator==(const EagerKey& a, const EagerKey& b) {
    return a.hash_ == b.hash_ && a.words_ == b.words_;
  }

 private:
  InlineVector<uint64_t, 28> words_;
  uint64_t hash_;
};

}  // namespace mycel::compiler
