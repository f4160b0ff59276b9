// Finds the operations that may raise because of the values that they read.
#pragma once

#include "mycel/ir/function.h"
#include "mycel/te/computation.h"

namespace mycel::passes {

// Whether an index of the load is read from data, and so may be out of range.
bool is_indirect(const te::Node& load);
// Whether any load is indirect.
bool reads_by_values(const te::Computation& computation);

// Whether the operation, or one in its regions, may raise: (1) its definition checks operand values
// and (2) its formula or kernel uses these values as indices, unless its attribute `in_range` says
// that the indices are checked (set on gradient operations, whose forward operation has checked
// them). Raising is a side effect: the operation runs even if its results are unused, and
// before anything is overwritten that must survive the error. A `call` is looked up in the module;
// without one it may raise.
bool may_raise(const ir::Operation& op, const ir::Module* module);

}  // namespace mycel::passes
