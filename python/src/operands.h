// From Python objects to the operands of an operation.
#pragma once

#include <nanobind/nanobind.h>

#include "python/src/signature.h"

namespace mycel::python {

// Tensors stay themselves, numbers become 0-d tensors of the dtype in which they meet the others,
// absent operands are undefined. `values` by parameter, as Signature::parse gives them. Raises
// TypeError "[op] expects input to be a tensor, got list".
Tensors operands_from(const Signature& signature, PyObject* const* values);

// Of a binary operator: false where one side is neither a tensor nor a number.
bool binary_operands(const ir::OpDef& op, PyObject* a, PyObject* b, Tensors& out);

// Runs the operation, without the interpreter's lock if that is likely to take more than some 20
// us.
Tensors run(const ir::OpDef& op, const Tensors& operands, const ir::Attributes& attributes);

}  // namespace mycel::python
