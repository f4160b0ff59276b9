// Rules of index tensors: an index out of range is an error.
//
// In x[...] negative indices count from the end, as in NumPy; gather, scatter_add, embedding and
// the losses reject them, as in PyTorch.
#pragma once

#include <optional>

#include "mycel/define/define.h"
#include "mycel/te/formula.h"

namespace mycel {

// The position that an index means along a dim of extent `extent`; unsigned indices do not count
// from the end. A kernel raises IndexError for a load out of range.
te::Expr wrap_index(te::Expr index, Dim extent);

// Raises IndexError for a value outside [low, high) that is not `except`. Called before a kernel
// runs, as the kernel's own error does not name the operation. The tensor is concrete.
void check_range(std::string_view op, const Tensor& indices, int64_t low, int64_t high,
                 std::optional<int64_t> except = {});

}  // namespace mycel
