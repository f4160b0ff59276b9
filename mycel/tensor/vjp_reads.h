// Which values the gradient of an operation reads, so that the tape keeps no others.
#pragma once

#include "mycel/ir/attribute.h"
#include "mycel/tensor/tape.h"

namespace mycel {

// Learned by tracing the gradient. Cached by operation, attributes, and for each operand: present,
// needs a gradient, dtype, rank. A gradient that cannot be traced reads everything.
VjpReads vjp_reads(const ir::OpDef& op, const ir::Attributes& attributes, const States& inputs,
                   const Payloads& outputs);

}  // namespace mycel
