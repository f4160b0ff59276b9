// Which operations may raise because of the values that they read.
#pragma once

#include "mycel/ir/function.h"
#include "mycel/te/computation.h"

namespace mycel::passes {

// Whether the load reads at an index that comes from data, and so may be out of range.
bool is_indirect(const te::Node& load);
// Whether some load does.
bool reads_by_values(const te::Computation& computation);

// Whether the operation, or one in its regions, raises for some values: its definition checks them,
// and its kernel or formula reads or writes memory by them, unless its attribute `in_range` says
// that they were checked before (a gradient's, by the operation that it belongs to). That is a
// result of its own: it runs though nobody reads what it computes, and before anything is
// overwritten that must outlive the error. What a `call` does is known from the module only;
// without one it may.
bool may_raise(const ir::Operation& op, const ir::Module* module);

}  // namespace mycel::passes
