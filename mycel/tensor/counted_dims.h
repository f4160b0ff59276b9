// Attributes as rules read them, before an operation is applied.
#pragma once

#include "mycel/tensor/apply.h"

namespace mycel {

// With dims counted from the front; raises the errors of a dim. Of an operation that names dims.
inline ir::Attributes counted_dims(const ir::OpDef& op, const Operands& inputs,
                                   const ir::Attributes& attributes) {
  auto rank_of = [&](size_t i) { return inputs[i].defined() ? inputs[i].rank() : 0; };
  size_t rank = ir::rank_of_first(op, inputs.size(), rank_of);
  return ir::count_dims_from_front(op, rank, attributes);
}

}  // namespace mycel
