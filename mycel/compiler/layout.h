// Memory layouts of values: sizes and strides.
#pragma once

#include "mycel/ir/type.h"
#include "mycel/runtime/executable.h"

namespace mycel::compiler {

// Returns the size of a dense value. Raises RuntimeError if no machine has as much memory.
int64_t bytes_of(const runtime::Spec& spec);
// Returns a dense value of the type, in the type's layout.
runtime::Spec dense(const ir::Type& type);
// Returns the IR's name for the layout of an array.
ir::Layout layout_of(const Shape& shape, const Strides& strides);

}  // namespace mycel::compiler
