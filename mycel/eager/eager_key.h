// The key of an eager call: operation, attributes, device, the types and layouts of
// the operands, and whether the result takes the place of the first.
#pragma once

#include <cstdint>
#include <span>

#include "mycel/core/ndarray.h"
#include "mycel/ir/op_def.h"

namespace mycel::compiler {

// As words, which are hashed and compared without a look at what they stand for. Of the attributes
// there is a hash only: who finds an equal key compares them too.
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
