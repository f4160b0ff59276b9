// How a value lies in memory: sizes and strides.
#pragma once

#include "mycel/ir/type.h"
#include "mycel/runtime/executable.h"

namespace mycel::compiler {

// The memory that a value takes when it is dense. Raises RuntimeError where no machine has as much.
int64_t bytes_of(const runtime::Spec& spec);
// A value of the type, dense in the layout that the type has.
runtime::Spec dense(const ir::Type& type);
// How an array lies, in the words of the IR.
ir::Layout layout_of(const Shape& shape, const Strides& strides);

}  // namespace mycel::compiler
